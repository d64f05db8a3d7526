import type { ClientBase } from 'pg';
import { entryColumns, type LedgerEntry } from './encoding.js';
import type { Seal } from './seal.js';
import { type IdRange, type ListedSeal, SealStore } from './seal-store.js';
import { everything, type TrailItem, type TrailSource } from './trail-source.js';

const entriesAtOnce = 5_000;
const sealsAtOnce = 1_000;
const listsAtOnce = 20;

/**
 * Does `work` with the trail in the database, or with a part of it, as one moment sees it. What it holds in memory
 * doesn't grow with the number of entries, those aside that wait for their seal.
 */
export async function withDatabaseSource<T>(
  client: ClientBase,
  range: IdRange | undefined,
  work: (source: TrailSource) => Promise<T>,
): Promise<T> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    const store = new SealStore(client);
    const { from, to } = range ?? everything;
    const pending = await client.query<{ id: string }>(
      'SELECT entry_id::text AS id FROM audit_pending WHERE entry_id >= $1 AND entry_id < $2',
      [from, to],
    );
    return await work({
      trail: await store.trail(),
      range,
      months: await monthsIn(client),
      pending: pending.rows.map(({ id }) => id),
      chain: () => chainIn(store, range),
      items: () => itemsIn(client, store, range ?? everything),
      find: (number) => store.find(number),
    });
  } finally {
    await client.query('ROLLBACK');
  }
}

/** Months that have a partition, and those that the partition by default holds entries of. */
async function monthsIn(client: ClientBase): Promise<Set<string>> {
  const { rows } = await client.query<{ month: string }>(`
    SELECT translate(substring(inhrelid::regclass::text FROM '\\d{4}_\\d{2}$'), '_', '-') AS month FROM pg_inherits
    WHERE inhparent = 'audit_entries'::regclass AND inhrelid::regclass::text ~ '\\d{4}_\\d{2}$'
    UNION SELECT to_char(to_timestamp(('x' || left(translate(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
      AT TIME ZONE 'UTC', 'YYYY-MM') FROM audit_entries_default`);
  return new Set(rows.map(({ month }) => month));
}

async function* chainIn(store: SealStore, range?: IdRange): AsyncGenerator<Seal> {
  const { first, last } = range === undefined ? { first: 1, last: 2 ** 31 - 1 } : await store.numbersIn(range);
  for (let next = first; next <= last; ) {
    const seals = await store.numbered(next, last, sealsAtOnce);
    yield* seals;
    const end = seals.at(-1);
    if (end === undefined) return;
    next = end.number + 1;
  }
}

async function* itemsIn(client: ClientBase, store: SealStore, range: IdRange): AsyncGenerator<TrailItem> {
  const seals = listedIn(store, range);
  let next = await seals.next();
  for await (const entry of entriesIn(client, range)) {
    while (next.done !== true && next.value.firstId <= entry.id) {
      yield { seal: next.value };
      next = await seals.next();
    }
    yield { entry };
  }
  for (; next.done !== true; next = await seals.next()) yield { seal: next.value };
}

async function* entriesIn(client: ClientBase, { from, to }: IdRange): AsyncGenerator<LedgerEntry> {
  for (let after = from, comparison = '>='; ; comparison = '>') {
    const { rows } = await client.query<LedgerEntry>(
      `SELECT ${entryColumns} FROM audit_entries WHERE audit_entries.id ${comparison} $1 AND audit_entries.id < $2
       ORDER BY audit_entries.id LIMIT ${entriesAtOnce}`,
      [after, to],
    );
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < entriesAtOnce) return;
    after = last.id;
  }
}

async function* listedIn(store: SealStore, range: IdRange): AsyncGenerator<ListedSeal> {
  let position = { firstId: everything.from, number: 0 };
  for (;;) {
    const seals = await store.following(position, range, listsAtOnce);
    yield* seals;
    const last = seals.at(-1);
    if (last === undefined || seals.length < listsAtOnce) return;
    position = last;
  }
}
