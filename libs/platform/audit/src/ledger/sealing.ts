import type { Clock } from '@gatehouse/platform/clock';
import type { ClientBase } from 'pg';
import type { AuditKeys } from './audit-keys.js';
import { entryColumns, type LedgerEntry, leafHash, merkleRoot, monthOf } from './encoding.js';
import { type Seal, sealHash, signed } from './seal.js';
import { listOf } from './seal-list.js';
import { SealStore } from './seal-store.js';

const batch = 5_000;

/**
 * Seals everything that was announced and has committed, in batches, each in a transaction of its own.
 * An announcement is written by the transaction that writes the entry: it becomes visible with the entry and not
 * before, however late that commits and whatever its id, so what is visible and announced is sealed exactly once.
 * @returns the seals that were made; none when another process is at it.
 */
export async function sealAll(client: ClientBase, keys: AuditKeys, clock: Clock): Promise<Seal[]> {
  const made: Seal[] = [];
  for (;;) {
    const seals = await sealBatch(client, keys, clock);
    made.push(...seals);
    if (seals.reduce((sum, { entries }) => sum + entries, 0) < batch) return made;
  }
}

async function sealBatch(client: ClientBase, keys: AuditKeys, clock: Clock): Promise<Seal[]> {
  await client.query('BEGIN');
  try {
    const store = new SealStore(client);
    const seals = (await store.tryLock()) ? await sealAnnounced(client, store, keys, clock) : [];
    await client.query('COMMIT');
    return seals;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function sealAnnounced(client: ClientBase, store: SealStore, keys: AuditKeys, clock: Clock): Promise<Seal[]> {
  const announced = await client.query<{ place: string; id: string }>(
    `SELECT ctid::text AS place, entry_id::text AS id FROM audit_pending LIMIT ${batch}`,
  );
  if (announced.rows.length === 0) return [];
  const ids = announced.rows.map(({ id }) => id);
  const { rows: entries } = await client.query<LedgerEntry>(
    `SELECT ${entryColumns} FROM audit_entries WHERE id = ANY($1::uuid[]) ORDER BY id`,
    [ids],
  );
  const seals: Seal[] = [];
  let end = await store.end();
  const trail = await store.trail();
  for (const [month, ofMonth] of byMonth(entries)) {
    const leaves = ofMonth.map(leafHash);
    const [first, last] = [ofMonth[0], ofMonth.at(-1)];
    if (first === undefined || last === undefined) continue;
    const seal = signed(
      {
        trail,
        number: end.number + 1,
        kind: 'seal',
        month,
        sealedAt: clock.now().toISOString(),
        entries: ofMonth.length,
        firstId: first.id,
        lastId: last.id,
        root: merkleRoot(leaves),
        previous: end.hash,
      },
      keys,
    );
    await store.add(seal, listOf(ofMonth, leaves));
    end = { number: seal.number, hash: sealHash(seal) };
    seals.push(seal);
  }
  // One whose entry is gone stays announced: verifying names it, and no later sealing forgets it.
  const found = new Set(entries.map(({ id }) => id));
  const places = announced.rows.filter(({ id }) => found.has(id)).map(({ place }) => place);
  await client.query('DELETE FROM audit_pending WHERE ctid = ANY($1::tid[])', [places]);
  return seals;
}

function byMonth(entries: readonly LedgerEntry[]): Map<string, LedgerEntry[]> {
  const months = new Map<string, LedgerEntry[]>();
  for (const entry of entries) {
    const month = monthOf(entry.id);
    const known = months.get(month);
    if (known === undefined) months.set(month, [entry]);
    else known.push(entry);
  }
  return months;
}
