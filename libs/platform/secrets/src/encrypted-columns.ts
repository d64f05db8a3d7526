import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import pg from 'pg';
import { DecryptionError, KeyRing } from './key-ring.js';

/** A column that holds what {@link KeyRing.encrypt} made, one text a row. */
export interface EncryptedColumn {
  readonly table: string;
  /** The column that names a row, unique in the table. */
  readonly key: string;
  readonly column: string;
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
    return { column: `${column.table}.${column.column}`, rows, failures: [...failures] };
  }

  /** The next rows that another key encrypted, in the order of their keys so that one that fails isn't met again. */
  private stale({ table, key, column }: EncryptedColumn, after: string | undefined): Promise<Row[]> {
    const [keyName, columnName] = [pg.escapeIdentifier(key), pg.escapeIdentifier(column)];
    return this.transactions.query<Row>(
      `SELECT ${keyName}::text AS key, ${columnName} AS text FROM ${pg.escapeIdentifier(table)}
       WHERE NOT starts_with(${columnName}, $1) ${after === undefined ? '' : `AND ${keyName} > $2`}
       ORDER BY ${keyName} LIMIT ${batchSize}`,
      [this.ring.currentPrefix, ...(after === undefined ? [] : [after])],
    );
  }

  private async replace(
    { table, key, column, context }: EncryptedColumn,
    row: Row,
    failures: Set<string>,
  ): Promise<boolean> {
    const place = context(row.key);
    const plaintext = this.plaintext(row.text, place, failures);
    if (plaintext === undefined) return false;
    const columnName = pg.escapeIdentifier(column);
    const replaced = await this.transactions.query(
      `WITH replaced AS (
         UPDATE ${pg.escapeIdentifier(table)} SET ${columnName} = $3
         WHERE ${pg.escapeIdentifier(key)} = $1 AND ${columnName} = $2 RETURNING 1)
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
