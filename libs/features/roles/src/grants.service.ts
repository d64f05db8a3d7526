import { AccessChanges, PermissionCatalogue, type Principal } from '@gatehouse/access';
import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { CreateGrantDto } from './dto/grant.dto.js';
import { GrantEntity } from './grant.entity.js';
import { grantTimes } from './grant-times.js';
import { HandingOver } from './handing-over.js';
import { RolesRepository } from './roles.repository.js';

/**
 * Permissions given to one user directly. A grant is decided by what its giver holds at that moment: it stays when they
 * are demoted later, as a key does that was handed over rightly, and `grantedBy` finds what else they gave.
 */
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
    await this.assertUser(userId);
    return this.repository.grantsOf(userId);
  }

  /**
   * Grants a permission; one that the user has of it already is replaced, by who may take it.
   * @throws Problem OWN_GRANT to oneself: it would outlast the role that lets one grant it.
   */
  async grant(actor: Principal, userId: string, dto: CreateGrantDto): Promise<GrantEntity> {
    const { permission, reason = null } = dto;
    if (!this.catalogue.has(permission)) throw invalid('permission', 'is not in the catalogue');
    const now = this.clock.now();
    const { startsAt, expiresAt } = grantTimes(dto, now);
    if (userId === actor.id) throw new Problem('OWN_GRANT', { detail: 'Ask somebody else who holds it' });
    return this.transactions.run(async () => {
      await this.changes.begin();
      await this.assertUser(userId);
      const bound = await this.handingOver.heldUntil(actor, permission);
      if (bound !== null && (expiresAt === null || expiresAt > bound)) {
        throw invalid('expiresAt', `must not be later than ${bound.toISOString()}, when your own grant ends`);
      }
      await this.assertMayTake(actor, userId, permission, bound);
      const made = { id: uuidv7(), userId, permission, startsAt, expiresAt, reason };
      const grant = { ...made, grantedBy: actor.id, createdAt: now, endRecorded: false };
      await this.repository.recordEnded(now, userId, permission);
      const stored = await this.repository.putGrant(Object.assign(new GrantEntity(), grant));
      await this.changes.user(userId);
      return stored;
    });
  }

  /** Takes a direct grant back; see {@link assertMayTake}. One that has ended is gone already. */
  revoke(actor: Principal, userId: string, permission: string): Promise<void> {
    return this.transactions.run(async () => {
      const bound = await this.handingOver.heldUntil(actor, permission);
      const grant = await this.assertMayTake(actor, userId, permission, bound);
      if (grant === undefined) throw new Problem('NOT_FOUND');
      await this.repository.deleteGrant(userId, permission);
      await this.changes.user(userId);
    });
  }

  /** Takes back all that a user was granted directly, in the open transaction: their account is deleted. */
  async revokeAllOf(userId: string): Promise<void> {
    await this.repository.recordEnded(this.clock.now(), userId);
    await this.repository.deleteGrantsOf(userId);
  }

  /**
   * Whoever gave a grant may take it. Another's grant is taken by who could give it as it is, and from nobody who holds
   * more than they do.
   * @returns the grant, unless there is none or it has ended.
   * @throws Problem FORBIDDEN
   */
  private async assertMayTake(
    actor: Principal,
    userId: string,
    permission: string,
    heldUntil: Date | null,
  ): Promise<GrantEntity | undefined> {
    const grant = await this.repository.grant(userId, permission);
    if (grant === null || (grant.expiresAt !== null && grant.expiresAt <= this.clock.now())) return undefined;
    if (grant.grantedBy === actor.id) return grant;
    if (heldUntil !== null && (grant.expiresAt === null || grant.expiresAt > heldUntil)) {
      throw new Problem('FORBIDDEN', { detail: 'Somebody else gave this grant, and it outlasts what you hold' });
    }
    await this.handingOver.assertMayChange(actor, userId);
    return grant;
  }

  private async assertUser(id: string): Promise<void> {
    if ((await this.repository.holdings(id, this.clock.now())) === undefined) throw new Problem('NOT_FOUND');
  }
}

function invalid(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', { errors: [{ field, message }] });
}
