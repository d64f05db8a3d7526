import { setImmediate as breathe } from 'node:timers/promises';
import { assertSound, Problem, validated } from '@gatehouse/platform/http';
import { CreateProductDto } from '../dto/product-requests.dto.js';
import type { ProductImportEntity, RowError } from './product-import.entity.js';
import { csvRecords, type FileRecord, ndjsonRecords } from './records.js';

/** A row that can be put in, or what is wrong with it. */
export type Row =
  | { readonly product: CreateProductDto; readonly errors?: undefined }
  | { readonly product?: undefined; readonly errors: readonly RowError[] };

/** Rows after which other work of the process has its turn. */
const atOnce = 100;

/** Every row of the file, under the rules of POST /products. */
export async function* rowsOf(
  format: ProductImportEntity['format'],
  content: AsyncIterable<Buffer>,
): AsyncGenerator<Row> {
  const text = decoded(content);
  let rows = 0;
  for await (const record of format === 'csv' ? csvRecords(text) : ndjsonRecords(text)) {
    rows += 1;
    if (rows % atOnce === 0) await breathe();
    yield await rowOf(record, format);
  }
}

async function rowOf(record: FileRecord, format: ProductImportEntity['format']): Promise<Row> {
  const { line } = record;
  if ('problem' in record) return { errors: [{ line, field: '', message: record.problem }] };
  try {
    assertSound(record.value);
    return { product: await validated(CreateProductDto, Object(record.value)) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { errors = [{ field: '', message: error.message }] } = error.details;
    return {
      errors: errors.map(({ field, message }) => ({ line, field: format === 'csv' ? column(field) : field, message })),
    };
  }
}

/** The column of a CSV file that holds the field. */
function column(field: string): string {
  return field === 'price.amount' ? 'price' : field.replace(/^price\./, '');
}

async function* decoded(content: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const piece of content) yield decoder.decode(piece, { stream: true });
  yield decoder.decode();
}
