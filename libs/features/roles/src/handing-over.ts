import { PermissionCatalogue, type Principal } from '@gatehouse/access';
import { Clock } from '@gatehouse/platform/clock';
import { Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { type Holding, RolesRepository } from './roles.repository.js';

/**
 * Nobody hands over what they don't hold, and nobody touches a user who holds more than they do: either would be a way
 * up. Decided from the database, not from what the caller's principal says.
 */
@Injectable()
export class HandingOver {
  constructor(
    private readonly repository: RolesRepository,
    private readonly catalogue: PermissionCatalogue,
    private readonly clock: Clock,
  ) {}

  /**
   * A role is given without an end, and so takes lasting holdings: what the actor holds for a time doesn't count.
   * @throws Problem FORBIDDEN naming what the actor lacks of the role, VALIDATION_FAILED when there is no such role.
   */
  async assertMayGiveRole(actor: Principal, name: string): Promise<void> {
    const role = await this.repository.role(name);
    if (role === null)
      throw new Problem('VALIDATION_FAILED', { errors: [{ field: 'role', message: 'is not a role' }] });
    const given = name === 'admin' ? this.catalogue.names() : role.permissions.map(({ permission }) => permission);
    const isAdmin = await this.assertHolds(actor.id, given, ({ expiresAt }) => expiresAt === null);
    if (name === 'admin' && !isAdmin) throw adminsOnly();
  }

  /** @throws Problem FORBIDDEN when the user holds what the actor doesn't, NOT_FOUND when there is no such user. */
  async assertMayChange(actor: Principal, userId: string): Promise<void> {
    const theirs = await this.repository.holdings(userId, this.clock.now());
    if (theirs === undefined) throw new Problem('NOT_FOUND');
    const isAdmin = await this.assertHolds(
      actor.id,
      theirs.holdings.map(({ permission }) => permission),
    );
    if (theirs.role === 'admin' && !isAdmin) throw adminsOnly();
  }

  /**
   * How long the actor holds the permission themselves, which a grant of it can't outlast.
   * @returns the instant, or `null` where it holds until it is taken away.
   * @throws Problem FORBIDDEN when they don't hold it.
   */
  async heldUntil(actorId: string, permission: string): Promise<Date | null> {
    const own = await this.repository.holdings(actorId, this.clock.now());
    if (own?.role === 'admin') return null;
    const ways = own?.holdings.filter((holding) => holding.permission === permission) ?? [];
    if (ways.length === 0) throw lacking([permission]);
    const ends = ways.map(({ expiresAt }) => expiresAt?.getTime() ?? Infinity);
    const latest = Math.max(...ends);
    return latest === Infinity ? null : new Date(latest);
  }

  /** @returns whether the actor is an admin, who holds everything. */
  private async assertHolds(
    actorId: string,
    permissions: readonly string[],
    counts: (holding: Holding) => boolean = () => true,
  ): Promise<boolean> {
    const own = await this.repository.holdings(actorId, this.clock.now());
    if (own?.role === 'admin') return true;
    const held = new Set(own?.holdings.filter(counts).map(({ permission }) => permission));
    const absent = permissions.filter((permission) => !held.has(permission));
    if (absent.length > 0) throw lacking(absent);
    return false;
  }
}

function adminsOnly(): Problem {
  return new Problem('FORBIDDEN', { extensions: { required: { roles: ['admin'] } } });
}

function lacking(permissions: readonly string[]): Problem {
  return new Problem('FORBIDDEN', {
    detail: 'Nobody hands over what they do not hold themselves',
    extensions: { required: { permissions: { allOf: permissions } } },
  });
}
