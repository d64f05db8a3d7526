import { AccessChanges, PermissionCatalogue, type Principal } from '@gatehouse/access';
import { Clock } from '@gatehouse/platform/clock';
import { parseDuration } from '@gatehouse/platform/config';
import { Transactions } from '@gatehouse/platform/database';
import { Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { CreateGrantDto } from './dto/grant.dto.js';
import { GrantEntity } from './grant.entity.js';
import { HandingOver } from './handing-over.js';
import { RolesRepository } from './roles.repository.js';

@Injectable()
export class GrantsService {
  constructor(
    private readonly repository: RolesRepository,
    private readonly handingOver: HandingOver,
    private readonly catalogue: PermissionCatalogue,
    private readonly changes: AccessChanges,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  async list(userId: string): Promise<GrantEntity[]> {
    if ((await this.repository.holdings(userId, this.clock.now())) === undefined) throw new Problem('NOT_FOUND');
    return this.repository.grantsOf(userId);
  }

  /** Grants a permission; one that the user has of it already is replaced, by who may take it. */
  grant(actor: Principal, userId: string, dto: CreateGrantDto): Promise<GrantEntity> {
    return this.transactions.run(async () => {
      if (!this.catalogue.has(dto.permission)) throw invalid('permission', 'is not in the catalogue');
      const now = this.clock.now();
      const startsAt = dto.startsAt === undefined ? now : instant('startsAt', dto.startsAt);
      const expiresAt = expiry(dto, startsAt);
      if (expiresAt !== null && expiresAt <= now) throw invalid('expiresAt', 'must be in the future');
      if (expiresAt !== null && expiresAt <= startsAt) throw invalid('expiresAt', 'must be after startsAt');
      if ((await this.repository.holdings(userId, now)) === undefined) throw new Problem('NOT_FOUND');
      const bound = await this.handingOver.heldUntil(actor.id, dto.permission);
      if (bound !== null && (expiresAt === null || expiresAt > bound)) {
        throw invalid('expiresAt', `must not be later than ${bound.toISOString()}, when your own grant ends`);
      }
      await this.assertMayTake(actor, userId, dto.permission, bound);
      const grant = Object.assign(new GrantEntity(), {
        id: uuidv7(),
        userId,
        permission: dto.permission,
        startsAt,
        expiresAt,
        reason: dto.reason ?? null,
        grantedBy: actor.id,
        createdAt: now,
      });
      const stored = await this.repository.putGrant(grant);
      await this.changes.user(userId);
      return stored;
    });
  }

  /** Takes a direct grant back; see {@link assertMayTake}. */
  revoke(actor: Principal, userId: string, permission: string): Promise<void> {
    return this.transactions.run(async () => {
      const bound = await this.handingOver.heldUntil(actor.id, permission);
      await this.assertMayTake(actor, userId, permission, bound);
      if (!(await this.repository.deleteGrant(userId, permission))) throw new Problem('NOT_FOUND');
      await this.changes.user(userId);
    });
  }

  /**
   * Whoever gave a grant may take it. Another's grant is taken by who could give it as it is, and from nobody who holds
   * more than they do.
   * @throws Problem FORBIDDEN
   */
  private async assertMayTake(
    actor: Principal,
    userId: string,
    permission: string,
    heldUntil: Date | null,
  ): Promise<void> {
    const grant = await this.repository.lockGrant(userId, permission);
    if (grant === null || grant.grantedBy === actor.id) return;
    if (heldUntil !== null && (grant.expiresAt === null || grant.expiresAt > heldUntil)) {
      throw new Problem('FORBIDDEN', { detail: 'Somebody else gave this grant, and it outlasts what you hold' });
    }
    await this.handingOver.assertMayChange(actor, userId);
  }
}

function expiry({ expiresAt, expiresIn }: CreateGrantDto, startsAt: Date): Date | null {
  if (expiresAt !== undefined && expiresIn !== undefined)
    throw invalid('expiresIn', 'and expiresAt exclude each other');
  if (expiresIn !== undefined) return new Date(startsAt.getTime() + parseDuration(expiresIn));
  return expiresAt === undefined ? null : instant('expiresAt', expiresAt);
}

/** ISO 8601 knows weeks, days of the year and times of no zone as well, which mean nothing or something else here. */
function instant(field: string, text: string): Date {
  const date = new Date(text);
  const zoned = !text.includes('T') || /(Z|[+-]\d{2}:\d{2})$/.test(text);
  if (Number.isNaN(date.getTime()) || !zoned) throw invalid(field, 'must be a time such as 2026-01-31T12:00:00Z');
  return date;
}

function invalid(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', { errors: [{ field, message }] });
}
