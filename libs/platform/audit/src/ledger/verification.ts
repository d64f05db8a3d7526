import type { AuditKeys } from './audit-keys.js';
import { ChainCheck } from './chain-check.js';
import { millisecondsOf } from './encoding.js';
import { EntriesCheck } from './entries-check.js';
import { type Finding, Findings } from './findings.js';
import type { Seal } from './seal.js';
import type { TrailSource } from './trail-source.js';

export interface Verification {
  readonly trail: string;
  readonly entries: number;
  readonly seals: number;
  /** Entries that wait for their seal. */
  readonly unsealed: number;
  /** Seconds since the oldest of them was written; 0 where none waits. */
  readonly oldestUnsealed: number;
  /** The first thousand. */
  readonly findings: readonly Finding[];
  readonly findingsTotal: number;
}

/**
 * Verifies a trail by the public keys alone.
 * @param head the last seal that was kept outside the database; without it nobody can tell that a tail was cut.
 */
export async function verifyTrail(source: TrailSource, keys: AuditKeys, head?: Seal): Promise<Verification> {
  const findings = new Findings();
  const chain = new ChainCheck(keys, findings, source.trail, head);
  for await (const seal of source.chain()) chain.next(seal);
  if (source.range === undefined) chain.finishWhole();
  else if (head !== undefined && source.find !== undefined) chain.finishPart(await source.find(head.number));
  const check = new EntriesCheck(chain, findings, source);
  for await (const { seal, entry } of source.items()) {
    if (seal === undefined) check.entry(entry);
    else check.seal(seal);
  }
  check.finish();
  return {
    trail: source.trail,
    entries: check.entries,
    seals: chain.count,
    unsealed: check.unsealed,
    oldestUnsealed: ageOf(source.pending),
    findings: findings.kept,
    findingsTotal: findings.total,
  };
}

function ageOf(pending: readonly string[]): number {
  const least = pending.reduce<string | undefined>((low, id) => (low === undefined || id < low ? id : low), undefined);
  return least === undefined ? 0 : Math.max(0, Math.round((Date.now() - millisecondsOf(least)) / 1_000));
}
