import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import pg from 'pg';
import { DecryptionError, KeyRing } from './key-ring.js';

/** A column that holds what {@link KeyRing.encrypt} made, one text a row. */
export interface EncryptedColumn {
  /** `public` unless said otherwise. */
  readonly schema?: string;
  readonly table: string;
  /** The column that names a row, unique in the table. */
  readonly key: string;
  readonly column: string;
  /** Where the column is a JSON object, the field of it that holds the text. */
  readonly field?: string;
  /** The context that the text of the row with this key is encrypted for. */
  readonly context: (key: string) => string;
}

/** What became of a column. */
export interface Reencrypted {
  /** `table.column`. */
  readonly column: string;
  readonly rows: number;
  /** Why others could not be, each reason once. */
  readonly failures: readonly string[];
}

interface Row {
  readonly key: string;
  readonly text: string;
}

const batchSize = 100;

/** Every column that is encrypted at rest: a feature that has one registers it, so that a key can be retired. */
@Injectable()
export class EncryptedColumns {
  private readonly columns: EncryptedColumn[] = [];

  constructor(
    private readonly ring: KeyRing,
    private readonly transactions: Transactions,
  ) {}

  register(column: EncryptedColumn): void {
    this.columns.push(column);
  }

  /**
   * Encrypts with the current key whatever another one encrypted, a batch in a transaction. The service may run
   * meanwhile: a row that it has changed or taken away in between is left as it is.
   */
  async reencrypt(): Promise<Reencrypted[]> {
    const done: Reencrypted[] = [];
    for (const column of this.columns) done.push(await this.reencryptColumn(column));
    return done;
  }

  private async reencryptColumn(column: EncryptedColumn): Promise<Reencrypted> {
    const failures = new Set<string>();
    let rows = 0;
    let last: string | undefined;
    do {
      const batch = await this.stale(column, last);
      last = batch.at(-1)?.key;
      rows += await this.transactions.run(async () => {
        let replaced = 0;
        for (const row of batch) if (await this.replace(column, row, failures)) replaced += 1;
        return replaced;
      });
    } while (last !== undefined);
    return {
      column: [column.table, column.column, column.field].filter(Boolean).join('.'),
      rows,
      failures: [...failures],
    };
  }

  /** The next rows that another key encrypted, in the order of their keys so that one that fails isn't met again. */
  private stale(column: EncryptedColumn, after: string | undefined): Promise<Row[]> {
    const [keyName, text] = [pg.escapeIdentifier(column.key), textOf(column)];
    return this.transactions.query<Row>(
      `SELECT ${keyName}::text AS key, ${text} AS text FROM ${tableOf(column)}
       WHERE NOT starts_with(${text}, $1) ${after === undefined ? '' : `AND ${keyName} > $2`}
       ORDER BY ${keyName} LIMIT ${batchSize}`,
      [this.ring.currentPrefix, ...(after === undefined ? [] : [after])],
    );
  }

  private async replace(column: EncryptedColumn, row: Row, failures: Set<string>): Promise<boolean> {
    const place = column.context(row.key);
    const plaintext = this.plaintext(row.text, place, failures);
    if (plaintext === undefined) return false;
    const name = pg.escapeIdentifier(column.column);
    const fresh =
      column.field === undefined
        ? '$3'
        : `jsonb_set(${name}, ${pg.escapeLiteral(`{${column.field}}`)}, to_jsonb($3::text))`;
    const replaced = await this.transactions.query(
      `WITH replaced AS (
         UPDATE ${tableOf(column)} SET ${name} = ${fresh}
         WHERE ${pg.escapeIdentifier(column.key)} = $1 AND ${textOf(column)} = $2 RETURNING 1)
       SELECT FROM replaced`,
      [row.key, row.text, this.ring.encrypt(plaintext, place)],
    );
    return replaced.length === 1;
  }

  private plaintext(text: string, context: string, failures: Set<string>): Buffer | undefined {
    try {
      return this.ring.decrypt(text, context);
    } catch (error) {
      if (!(error instanceof DecryptionError)) throw error;
      failures.add(error.message);
      return undefined;
    }
  }
}

function tableOf({ schema = 'public', table }: EncryptedColumn): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`;
}

function textOf({ column, field }: EncryptedColumn): string {
  const name = pg.escapeIdentifier(column);
  return field === undefined ? name : `(${name} ->> ${pg.escapeLiteral(field)})`;
}
