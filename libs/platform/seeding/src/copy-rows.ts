import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { SeedTable, SeedValue } from './seed-plan.js';

const chunkLength = 65_536;

/**
 * Writes the rows of the things numbered `from` to `to - 1` by COPY, as fast as the server takes them and holding a
 * chunk of them at a time.
 * @returns how many rows there were.
 */
export async function copyRows(client: ClientBase, source: SeedTable, from: number, to: number): Promise<number> {
  const columns = source.columns.map((column) => `"${column}"`).join(', ');
  const copy = client.query(copyFrom(`COPY "${source.table}" (${columns}) FROM STDIN`));
  await pipeline(Readable.from(chunks(source.rows(from, to)), { objectMode: false }), copy);
  return copy.rowCount;
}

function* chunks(rows: Iterable<readonly SeedValue[]>): Generator<string> {
  let chunk = '';
  for (const row of rows) {
    chunk += `${row.map(field).join('\t')}\n`;
    if (chunk.length < chunkLength) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

const special: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A value in COPY's text format. */
function field(value: SeedValue): string {
  if (value === null) return '\\N';
  if (typeof value === 'number') return String(value);
  if (value instanceof Date) return value.toISOString();
  return value.replaceAll(/[\\\t\n\r]/g, (character) => special[character] ?? character);
}
