import type { AuditKeys } from './audit-keys.js';
import type { Findings } from './findings.js';
import { beginning, type Seal, sealHash, signatureFault } from './seal.js';

const hashBytes = 32;

/** Checks that seals, given in the order of their numbers, are one signed chain without a gap. */
export class ChainCheck {
  /** Hashes by number, side by side: a year of seals fits into some megabytes. */
  private hashes = Buffer.alloc(1_024 * hashBytes);
  private first = 0;
  private last = 0;
  private lastHash: Buffer = beginning;
  private headSeen = false;
  private readonly retirements = new Map<string, Seal>();

  constructor(
    private readonly keys: AuditKeys,
    private readonly findings: Findings,
    private readonly trail: string,
    /** The last seal that is known from outside: the chain must hold it as it was. */
    private readonly head?: Seal,
  ) {
    const fault = head && (signatureFault(head, keys) ?? (head.trail === trail ? undefined : 'is of another trail'));
    if (head === undefined || fault === undefined) return;
    findings.add({ kind: 'head-altered', seal: head.number, message: `The last seal kept outside ${fault}` });
  }

  get count(): number {
    return this.last === 0 ? 0 : this.last - this.first + 1;
  }

  /** The next seal; the first one given may have any number, where a part of the chain alone is looked at. */
  next(seal: Seal): void {
    const { number, previous } = seal;
    if (this.first === 0) this.first = number;
    else this.nameMissing(this.last + 1, number - 1);
    if (seal.trail !== this.trail) this.altered(number, `Seal ${number} belongs to another trail`);
    else this.checkSeal(seal);
    const follows = number === 1 || this.last === number - 1;
    if (follows && !previous.equals(number === 1 ? beginning : this.lastHash)) {
      this.altered(number - 1, `Seal ${number - 1} is not the one that seal ${number} was chained to`);
    }
    this.keep(number, sealHash(seal));
  }

  /** Whether the very seal is one of the chain. */
  holds(seal: Seal): boolean {
    const at = (seal.number - this.first) * hashBytes;
    if (seal.number < this.first || seal.number > this.last) return false;
    return this.hashes.subarray(at, at + hashBytes).equals(sealHash(seal));
  }

  /** The signed retirement of a month, if there is one. */
  retirementOf(month: string): Seal | undefined {
    return this.retirements.get(month);
  }

  /** Every seal of the trail was given. */
  finishWhole(): void {
    const { head } = this;
    if (this.first > 1) this.nameMissing(1, this.first - 1);
    if (head === undefined || this.headSeen || head.trail !== this.trail) return;
    this.headMissing(head, `ends with seal ${this.last}`);
  }

  /** A part was given; `found` is what the trail has in the place of the head. */
  finishPart(found: Seal | undefined): void {
    const { head } = this;
    if (head === undefined || this.headSeen || head.trail !== this.trail) return;
    if (found !== undefined) this.checkHead(head, found);
    else this.headMissing(head, 'does not reach as far');
  }

  private checkHead(head: Seal, found: Seal): void {
    this.headSeen = true;
    if (sealHash(head).equals(sealHash(found))) return;
    this.altered(
      head.number,
      `Seal ${head.number} is not the one kept outside: the trail was rewritten there or before`,
    );
  }

  private headMissing(head: Seal, where: string): void {
    this.findings.add({
      kind: 'head-missing',
      seal: head.number,
      message: `Seal ${head.number}, the last one kept outside, is missing, and the trail ${where}: its tail was cut, or an older state put back`,
    });
  }

  private checkSeal(seal: Seal): void {
    const { number, kind, month } = seal;
    const fault = signatureFault(seal, this.keys);
    if (fault !== undefined) this.altered(number, `Seal ${number} ${fault}`);
    else if (kind === 'retirement') this.retirements.set(month, seal);
    if (this.head?.number === number) this.checkHead(this.head, seal);
  }

  private nameMissing(from: number, to: number): void {
    for (let number = from; number <= to; number += 1) {
      this.findings.add({ kind: 'seal-missing', seal: number, message: `Seal ${number} is missing` });
    }
  }

  private altered(seal: number, message: string): void {
    this.findings.add({ kind: 'seal-altered', seal, message });
  }

  private keep(number: number, hash: Buffer): void {
    const at = (number - this.first) * hashBytes;
    if (at + hashBytes > this.hashes.length) {
      this.hashes = Buffer.concat([this.hashes], Math.max(this.hashes.length * 2, at + hashBytes));
    }
    hash.copy(this.hashes, at);
    this.last = number;
    this.lastHash = hash;
  }
}
