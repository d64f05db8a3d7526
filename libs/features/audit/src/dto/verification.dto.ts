import type { Finding, Verification } from '@gatehouse/platform/audit';

export class FindingDto {
  /** `entry-edited`, `entry-deleted`, `entry-inserted`, `seal-altered`, `seal-missing`, `list-altered`, `month-missing`, `head-missing` or `head-altered`. */
  kind!: string;
  message!: string;
  /** The entry that it is about; `null` where it is about more than one. */
  entryId!: string | null;
  /** Number of the seal that it is about. */
  seal!: number | null;

  static of({ kind, message, entryId, seal }: Finding): FindingDto {
    return { kind, message, entryId: entryId ?? null, seal: seal ?? null };
  }
}

export class VerificationDto {
  from!: Date;
  to!: Date;
  /** Whether nothing was found. */
  holds!: boolean;
  /** Entries that were looked at. */
  entries!: number;
  /** Seals that they were compared with. */
  seals!: number;
  /** Entries that wait for their seal, which takes less than a minute. */
  unsealed!: number;
  /** Seconds since the oldest of them was written. */
  oldestUnsealedSeconds!: number;
  /** Findings there are. */
  findingsTotal!: number;
  /** The first hundred of them. */
  findings!: FindingDto[];

  static of({ from, to }: { from: Date; to: Date }, found: Verification): VerificationDto {
    const { entries, seals, unsealed, oldestUnsealed, findings, findingsTotal } = found;
    return {
      from,
      to,
      holds: findingsTotal === 0,
      entries,
      seals,
      unsealed,
      oldestUnsealedSeconds: oldestUnsealed,
      findingsTotal,
      findings: findings.slice(0, 100).map(FindingDto.of),
    };
  }
}
