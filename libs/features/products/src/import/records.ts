import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';

/** One row of a file as it was written, or what makes it none. */
export type FileRecord =
  | { readonly line: number; readonly value: unknown }
  | { readonly line: number; readonly problem: string };

/** Longer than any product, written with every character escaped. */
const longest = 65_536;
const columns = ['name', 'description', 'category', 'price', 'currency', 'stock'];

/** The rows of a CSV file (RFC 4180) whose first line names its columns; one after the other, however long it is. */
export async function* csvRecords(content: AsyncIterable<string>): AsyncGenerator<FileRecord> {
  const parser = parse({ bom: true, info: true, max_record_size: longest, relax_column_count: true });
  const source = Readable.from(content);
  source.on('error', (error) => parser.destroy(error));
  let header: string[] | undefined;
  try {
    for await (const { record, info } of source.pipe(parser)) {
      const cells: string[] = record;
      const line = info.lines - linesWithin(cells);
      if (header === undefined) {
        const problem = wrongHeader(cells);
        if (problem !== undefined) return yield { line, problem };
        header = cells;
      } else yield csvRecord(line, header, cells);
    }
    if (header === undefined) yield { line: 1, problem: 'the file is empty' };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    yield { line: Number(error['lines'] ?? parser.info.lines), problem: 'is not CSV from here on (RFC 4180)' };
  } finally {
    source.destroy();
  }
}

function csvRecord(line: number, header: readonly string[], cells: readonly string[]): FileRecord {
  if (cells.length !== header.length)
    return { line, problem: `has ${cells.length} columns instead of ${header.length}` };
  const row = Object.fromEntries(header.map((name, index) => [name, cells[index] ?? '']));
  const { name, description, category, price = '', currency, stock = '' } = row;
  return {
    line,
    value: { name, description, category, price: { amount: wholeNumber(price), currency }, stock: wholeNumber(stock) },
  };
}

function wrongHeader(names: readonly string[]): string | undefined {
  const isComplete = names.length === columns.length && columns.every((name) => names.includes(name));
  return isComplete ? undefined : `the first line must name the columns ${columns.join(', ')}`;
}

/** What isn't one stays as it is, for the rules to refuse. */
function wholeNumber(text: string): number | string {
  return /^-?\d{1,12}$/.test(text) ? Number(text) : text;
}

/** Breaks of lines that stand within quotes. */
function linesWithin(cells: readonly string[]): number {
  return cells.reduce((sum, cell) => sum + (cell.includes('\n') ? cell.split('\n').length - 1 : 0), 0);
}

/** The rows of a file of one JSON object a line; empty lines are none. */
export async function* ndjsonRecords(content: AsyncIterable<string>): AsyncGenerator<FileRecord> {
  let line = 0;
  for await (const text of linesOf(content)) {
    line += 1;
    if (text.length > longest) return yield { line, problem: `is longer than ${longest} characters` };
    if (text.trim() !== '') yield ndjsonRecord(line, text);
  }
  if (line === 0) yield { line: 1, problem: 'the file is empty' };
}

function ndjsonRecord(line: number, text: string): FileRecord {
  try {
    const value: unknown = JSON.parse(text);
    const isRow = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isRow ? { line, value } : { line, problem: 'is not a JSON object' };
  } catch {
    return { line, problem: 'is not JSON' };
  }
}

/** Never keeps more than one line and one piece of the content; a line that is too long comes cut, as the last one. */
async function* linesOf(content: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of content) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length > longest) return yield rest;
  }
  if (rest !== '') yield rest;
}
