import { IsText, MayBeAbsent } from '@gatehouse/platform/http';
import { IsISO8601, Matches } from 'class-validator';
import type { GrantEntity } from '../grant.entity.js';

export class CreateGrantDto {
  /** A permission of the catalogue, that you hold yourself. @example "read:order" */
  @Matches(/^[a-z]+:[a-z]+$/, { message: 'permission must be written action:resource' })
  permission!: string;

  /** When it starts: now when absent, and not in the past. */
  @MayBeAbsent()
  @IsISO8601({ strict: true, strictSeparator: true })
  startsAt?: string;

  /**
   * When it ends, at most 10 years ahead; give this or `expiresIn`, or neither for one that holds until it is revoked.
   */
  @MayBeAbsent()
  @IsISO8601({ strict: true, strictSeparator: true })
  expiresAt?: string;

  /** How long it holds from its start. @example "2h" */
  @MayBeAbsent()
  @Matches(/^[1-9]\d{0,5}[smhd]$/, { message: 'expiresIn must look like 30s, 5m, 24h or 7d' })
  expiresIn?: string;

  /** Why; kept in the trail. */
  @MayBeAbsent()
  @IsText(1, 500)
  reason?: string;
}

export class GrantDto {
  id!: string;
  permission!: string;
  startsAt!: Date;
  expiresAt!: Date | null;
  reason!: string | null;
  grantedBy!: string;

  static of({ id, permission, startsAt, expiresAt, reason, grantedBy }: GrantEntity): GrantDto {
    return { id, permission, startsAt, expiresAt, reason, grantedBy };
  }
}
