import type { Clock } from '@gatehouse/platform/clock';
import pg, { type ClientBase } from 'pg';
import type { AuditKeys } from './audit-keys.js';
import { withDatabaseSource } from './database-source.js';
import { floorId } from './encoding.js';
import { retirementOver } from './entries-check.js';
import type { Seal } from './seal.js';
import { signed } from './seal.js';
import { type IdRange, SealStore } from './seal-store.js';
import { verifyTrail } from './verification.js';

/** A month can't be retired; the message says why. */
export class RetirementError extends Error {
  override readonly name = 'RetirementError';
}

/** Makes the partitions of this month and of the `ahead` following ones; as the owner. @returns months that were made. */
export async function maintainPartitions(client: ClientBase, ahead = 3): Promise<string[]> {
  await client.query("SET lock_timeout = '5s'");
  const { rows } = await client.query<{ made: string[] }>('SELECT audit_maintain($1) AS made', [ahead]);
  return rows[0]?.made ?? [];
}

/** The same on a connection of its own. */
export async function makePartitions(ownerUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: ownerUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return await maintainPartitions(client);
  } finally {
    await client.end();
  }
}

/**
 * Drops the entries of a month, as the owner: it is verified, its signed retirement joins the chain, an entry tells of
 * it, and the partition goes, all in one transaction.
 * @throws RetirementError
 */
export async function retireMonth(client: ClientBase, keys: AuditKeys, clock: Clock, month: string): Promise<Seal> {
  const range = idsOf(month);
  if (month >= clock.now().toISOString().slice(0, 7)) throw new RetirementError(`${month} is not over`);
  const found = await withDatabaseSource(client, range, (source) => verifyTrail(source, keys));
  if (found.findingsTotal > 0) throw new RetirementError(`${month} does not verify: ${found.findings[0]?.message}`);
  if (found.unsealed > 0) throw new RetirementError(`${month} has ${found.unsealed} entries that are not sealed yet`);
  await client.query('BEGIN');
  try {
    await client.query("SET LOCAL lock_timeout = '5s'");
    const store = new SealStore(client);
    await store.lock();
    const retirement = await recordRetirement(client, store, keys, clock, month);
    await client.query(
      'DELETE FROM audit_seal_lists WHERE number IN (SELECT number FROM audit_seals WHERE month = $1)',
      [month],
    );
    await client.query(`DROP TABLE audit_entries_${month.replace('-', '_')}`);
    await client.query('COMMIT');
    return retirement;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function recordRetirement(
  client: ClientBase,
  store: SealStore,
  keys: AuditKeys,
  clock: Clock,
  month: string,
): Promise<Seal> {
  const seals = await store.ofMonth(month);
  const { entries, root } = retirementOver(seals);
  const partition = `audit_entries_${month.replace('-', '_')}`;
  const there = await client.query<{ is: string | null }>('SELECT to_regclass($1)::text AS is', [partition]);
  if (there.rows[0]?.is == null) throw new RetirementError(`There is no partition of ${month}`);
  const { rows } = await client.query<{ held: number }>(`SELECT count(*)::int AS held FROM ${partition}`);
  if (rows[0]?.held !== entries) throw new RetirementError(`${month} holds entries that no seal of it names`);
  const ids = seals.flatMap(({ firstId, lastId }) => [firstId, lastId]).sort();
  const end = await store.end();
  const retirement = signed(
    {
      trail: await store.trail(),
      number: end.number + 1,
      kind: 'retirement',
      month,
      sealedAt: clock.now().toISOString(),
      entries,
      firstId: ids[0] ?? floorId(new Date(`${month}-01T00:00:00Z`)),
      lastId: ids.at(-1) ?? floorId(new Date(`${month}-01T00:00:00Z`)),
      root,
      previous: end.hash,
    },
    keys,
  );
  await store.add(retirement);
  const details = { entries, seals: seals.length, root: root.toString('hex'), seal: retirement.number };
  const entry = { action: 'audit.retired', resource: 'audit', resource_id: month, process: 'audit retire', details };
  await client.query('SELECT audit_append($1)', [JSON.stringify([entry])]);
  return retirement;
}

function idsOf(month: string): IdRange {
  const [, year, number] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month) ?? [];
  if (year === undefined) throw new RetirementError(`"${month}" is no month: write 2026-08`);
  const from = new Date(`${month}-01T00:00:00Z`);
  return { from: floorId(from), to: floorId(new Date(Date.UTC(Number(year), Number(number)))) };
}
