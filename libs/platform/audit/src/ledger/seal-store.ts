import type { ClientBase } from 'pg';
import { beginning, type Seal, sealHash } from './seal.js';

/** Any number does, as long as nothing else in the database locks the same one. */
const sealerLock = 4_283_365_002;

const sealColumns = `(SELECT id::text FROM audit_trail) AS trail, audit_seals.number::int, kind, month,
  to_char(sealed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "sealedAt", entries,
  first_id::text AS "firstId", last_id::text AS "lastId", root, previous, kid, signature`;

/** The chain in the database. Every method but `lock` may be called outside of a transaction. */
export class SealStore {
  constructor(private readonly client: ClientBase) {}

  /** One sealer at a time: takes the lock until the transaction ends, or answers `false`. */
  async tryLock(): Promise<boolean> {
    const { rows } = await this.client.query<{ got: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS got', [
      sealerLock,
    ]);
    return rows[0]?.got === true;
  }

  async lock(): Promise<void> {
    await this.client.query('SELECT pg_advisory_xact_lock($1)', [sealerLock]);
  }

  async trail(): Promise<string> {
    const { rows } = await this.client.query<{ id: string }>('SELECT id::text FROM audit_trail');
    if (rows[0] === undefined) throw new Error('The trail has lost its id');
    return rows[0].id;
  }

  async last(): Promise<Seal | undefined> {
    const { rows } = await this.client.query<Seal>(
      `SELECT ${sealColumns} FROM audit_seals ORDER BY audit_seals.number DESC LIMIT 1`,
    );
    return rows[0];
  }

  async find(number: number): Promise<Seal | undefined> {
    const { rows } = await this.client.query<Seal>(`SELECT ${sealColumns} FROM audit_seals WHERE number = $1`, [
      number,
    ]);
    return rows[0];
  }

  /** What the next seal follows on. */
  async end(): Promise<{ number: number; hash: Buffer }> {
    const last = await this.last();
    return last === undefined ? { number: 0, hash: beginning } : { number: last.number, hash: sealHash(last) };
  }

  async add(seal: Seal, list?: Buffer): Promise<void> {
    await this.client.query(
      `INSERT INTO audit_seals (number, kind, month, sealed_at, entries, first_id, last_id, root, previous, kid, signature)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        seal.number,
        seal.kind,
        seal.month,
        seal.sealedAt,
        seal.entries,
        seal.firstId,
        seal.lastId,
        seal.root,
        seal.previous,
        seal.kid,
        seal.signature,
      ],
    );
    if (list !== undefined)
      await this.client.query('INSERT INTO audit_seal_lists (number, list) VALUES ($1, $2)', [seal.number, list]);
  }

  /** Seals of a month in the order of the chain, retirements aside. */
  async ofMonth(month: string): Promise<Seal[]> {
    const { rows } = await this.client.query<Seal>(
      `SELECT ${sealColumns} FROM audit_seals WHERE month = $1 AND kind = 'seal' ORDER BY audit_seals.number`,
      [month],
    );
    return rows;
  }

  /** Seals of these numbers, the least first. */
  async numbered(from: number, to: number, limit: number): Promise<Seal[]> {
    const { rows } = await this.client.query<Seal>(
      `SELECT ${sealColumns} FROM audit_seals WHERE number >= $1 AND number <= $2 ORDER BY audit_seals.number LIMIT ${limit}`,
      [from, to],
    );
    return rows;
  }

  /** Least and greatest number of the seals that reach into the range; `last` before `first` where none does. */
  async numbersIn({ from, to }: IdRange): Promise<{ first: number; last: number }> {
    const { rows } = await this.client.query<{ first: number | null; last: number | null }>(
      'SELECT min(number)::int AS first, max(number)::int AS last FROM audit_seals WHERE first_id < $1 AND last_id >= $2',
      [to, from],
    );
    return { first: rows[0]?.first ?? 1, last: rows[0]?.last ?? 0 };
  }

  /** The seals and lists that may name the entry. */
  async around(id: string, month: string): Promise<ListedSeal[]> {
    const { rows } = await this.client.query<ListedSeal>(
      `SELECT ${sealColumns}, list FROM audit_seals LEFT JOIN audit_seal_lists USING (number)
       WHERE kind = 'seal' AND month = $1 AND first_id <= $2 AND last_id >= $2`,
      [month, id],
    );
    return rows;
  }

  /** Up to `limit` seals that follow in the order of their first ids, and that reach into the range. */
  async following(after: Position, range: IdRange, limit: number): Promise<ListedSeal[]> {
    const { rows } = await this.client.query<ListedSeal>(
      `SELECT ${sealColumns}, list FROM audit_seals LEFT JOIN audit_seal_lists USING (number)
       WHERE (first_id, audit_seals.number) > ($1, $2) AND first_id < $3 AND last_id >= $4
       ORDER BY audit_seals.first_id, audit_seals.number LIMIT ${limit}`,
      [after.firstId, after.number, range.to, range.from],
    );
    return rows;
  }
}

export interface Position {
  readonly firstId: string;
  readonly number: number;
}

/** Ids from `from` on and below `to`. */
export interface IdRange {
  readonly from: string;
  readonly to: string;
}

export type ListedSeal = Seal & { readonly list: Buffer | null };
