import type { ChainCheck } from './chain-check.js';
import { type LedgerEntry, leafHash, merkleRoot } from './encoding.js';
import type { Findings } from './findings.js';
import { type Seal, sealHash } from './seal.js';
import { idBytes, idText, leavesOf, listItemBytes } from './seal-list.js';
import type { IdRange, ListedSeal } from './seal-store.js';
import { everything, type TrailSource } from './trail-source.js';

/** A seal whose list is being walked along the entries. */
interface Open {
  readonly number: number;
  readonly list: Buffer;
  readonly end: number;
  at: number;
}

/**
 * Compares entries, given in the order of their ids, with the lists of the seals, each given before the first entry
 * that it can name. Only the seals are kept whose entries are just passing by.
 */
export class EntriesCheck {
  private open: Open[] = [];
  private readonly withoutList = new Map<string, Seal[]>();
  private readonly broken: IdRange[] = [];
  entries = 0;
  unsealed = 0;

  private readonly pending: Set<string>;
  private readonly range: IdRange;

  constructor(
    private readonly chain: ChainCheck,
    private readonly findings: Findings,
    private readonly source: Pick<TrailSource, 'pending' | 'months' | 'range'>,
  ) {
    this.pending = new Set(source.pending);
    this.range = source.range ?? everything;
  }

  seal(seal: ListedSeal): void {
    const { number, list, month, firstId, lastId } = seal;
    if (seal.kind !== 'seal') return;
    if (!this.chain.holds(seal)) {
      this.unusable(seal, `Seal ${number} is not the one of the chain`);
      return;
    }
    if (list === null || !this.source.months.has(month)) {
      const gathered = this.withoutList.get(month);
      if (gathered === undefined) this.withoutList.set(month, [seal]);
      else gathered.push(seal);
      this.broken.push({ from: firstId, to: lastId });
      return;
    }
    if (!fits(seal, list)) {
      this.unusable(seal, `The list of seal ${number} was altered: it is not what was signed`);
      return;
    }
    const found = { number, list, end: positionOf(list, this.range.to), at: positionOf(list, this.range.from) };
    if (found.at < found.end) this.open.push(found);
  }

  entry(entry: LedgerEntry): void {
    this.entries += 1;
    const id = idBytes(entry.id);
    let hash: Buffer | undefined;
    let known = false;
    for (const seal of this.open) {
      this.passTo(seal, id);
      if (seal.at >= seal.end || compareAt(seal.list, seal.at, id) !== 0) continue;
      known = true;
      hash ??= leafHash(entry);
      if (seal.list.compare(hash, 0, 32, seal.at + 16, seal.at + listItemBytes) !== 0) this.edited(entry, seal.number);
      seal.at += listItemBytes;
    }
    if (this.open.some(({ at, end }) => at >= end)) this.open = this.open.filter(({ at, end }) => at < end);
    if (!known) this.unknown(entry.id);
  }

  /** All seals and entries of the range were given. */
  finish(): void {
    for (const seal of this.open) this.passTo(seal, undefined);
    for (const id of this.pending) this.deleted(id, 'was announced, and is gone before it was sealed');
    for (const [month, seals] of this.withoutList) this.checkRetirement(month, seals);
  }

  private passTo(seal: Open, id: Buffer | undefined): void {
    while (seal.at < seal.end && (id === undefined || compareAt(seal.list, seal.at, id) < 0)) {
      const gone = idText(seal.list.subarray(seal.at, seal.at + 16));
      this.deleted(gone, `is gone (seal ${seal.number})`, seal.number);
      seal.at += listItemBytes;
    }
  }

  private unknown(id: string): void {
    if (this.pending.delete(id)) {
      this.unsealed += 1;
      return;
    }
    const perhaps = this.broken.some(({ from, to }) => from <= id && id <= to);
    const why = perhaps ? 'is in no list that can be trusted' : 'is in no seal and was never announced';
    this.findings.add({ kind: 'entry-inserted', entryId: id, message: `Entry ${id} ${why}` });
  }

  private edited({ id }: LedgerEntry, seal: number): void {
    this.findings.add({
      kind: 'entry-edited',
      entryId: id,
      seal,
      message: `Entry ${id} is not what was sealed (seal ${seal})`,
    });
  }

  private deleted(id: string, why: string, seal?: number): void {
    const named = seal === undefined ? {} : { seal };
    this.findings.add({ kind: 'entry-deleted', entryId: id, ...named, message: `Entry ${id} ${why}` });
  }

  private unusable({ number, firstId, lastId }: ListedSeal, message: string): void {
    this.broken.push({ from: firstId, to: lastId });
    this.findings.add({ kind: 'list-altered', seal: number, message });
  }

  /** Lists and entries of a month go together with its signed retirement, or not at all. */
  private checkRetirement(month: string, seals: readonly Seal[]): void {
    const retirement = this.chain.retirementOf(month);
    const there = this.source.months.has(month);
    if (retirement !== undefined && !there && (this.source.range !== undefined || retires(retirement, seals))) return;
    const what = there ? `Lists of ${seals.length} seals of ${month}` : `The entries of ${month}`;
    const why = retirement === undefined ? 'without a signed retirement' : 'and its retirement is of other seals';
    this.findings.add({ kind: 'month-missing', month, message: `${what} are gone ${why}` });
  }
}

function retires(retirement: Seal, seals: readonly Seal[]): boolean {
  const { entries, root } = retirementOver(seals);
  return retirement.entries === entries && retirement.root.equals(root);
}

/** What a retirement says of the seals of its month: the entries that they name, and the root over their hashes. */
export function retirementOver(seals: readonly Seal[]): { entries: number; root: Buffer } {
  const inOrder = [...seals].sort((one, other) => one.number - other.number);
  return { entries: inOrder.reduce((sum, { entries }) => sum + entries, 0), root: merkleRoot(inOrder.map(sealHash)) };
}

function fits({ entries, root, firstId, lastId }: ListedSeal, list: Buffer): boolean {
  if (list.length !== entries * listItemBytes) return false;
  const ends =
    compareAt(list, 0, idBytes(firstId)) === 0 && compareAt(list, list.length - listItemBytes, idBytes(lastId)) === 0;
  return ends && merkleRoot(leavesOf(list)).equals(root) && sorted(list);
}

function sorted(list: Buffer): boolean {
  for (let at = listItemBytes; at < list.length; at += listItemBytes) {
    if (compareAt(list, at - listItemBytes, list.subarray(at, at + 16)) >= 0) return false;
  }
  return true;
}

/** Bytes before the first item whose id isn't below `id`. */
function positionOf(list: Buffer, id: string): number {
  const wanted = idBytes(id);
  let at = 0;
  while (at < list.length && compareAt(list, at, wanted) < 0) at += listItemBytes;
  return at;
}

function compareAt(list: Buffer, at: number, id: Buffer): number {
  return list.compare(id, 0, 16, at, at + 16);
}
