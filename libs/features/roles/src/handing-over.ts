import { AccessChanges, PermissionCatalogue, type Principal } from '@gatehouse/access';
import { Clock } from '@gatehouse/platform/clock';
import { Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { type Holding, type Holdings, RolesRepository } from './roles.repository.js';

/**
 * Nobody hands over what they don't hold, and nobody touches a user who holds more than they do: either would be a way
 * up. Decided from the database, not from what the caller's principal says, and for the caller's open transaction: until
 * that ends nobody else changes who may do what, so what was decided by still holds when it commits.
 */
@Injectable()
export class HandingOver {
  constructor(
    private readonly repository: RolesRepository,
    private readonly catalogue: PermissionCatalogue,
    private readonly changes: AccessChanges,
    private readonly clock: Clock,
  ) {}

  /**
   * Whether the actor may give this role to `userId`, or to a user who is yet to be made.
   * @throws Problem FORBIDDEN naming what the actor lacks of the role, VALIDATION_FAILED when there is no such role.
   */
  async assertMayGiveRole(actor: Principal, name: string, userId?: string): Promise<void> {
    const own = await this.own(actor.id);
    const role = await this.repository.role(name);
    if (role === null)
      throw new Problem('VALIDATION_FAILED', { errors: [{ field: 'role', message: 'is not a role' }] });
    const given = name === 'admin' ? this.catalogue.names() : role.permissions.map(({ permission }) => permission);
    assertHolds(own, given, userId === actor.id ? byRole : lasting);
    if (name === 'admin' && own.role !== 'admin') throw adminsOnly();
  }

  /**
   * Whether the actor may make, change or delete a role: `permissions` is what it holds before and after.
   * @throws Problem FORBIDDEN naming what the actor lacks.
   */
  async assertMayShapeRole(actor: Principal, name: string, permissions: readonly string[]): Promise<void> {
    const own = await this.own(actor.id);
    assertHolds(own, permissions, own.role === name ? byRole : lasting);
  }

  /** @throws Problem FORBIDDEN when the user holds what the actor doesn't, NOT_FOUND when there is no such user. */
  async assertMayChange(actor: Principal, userId: string): Promise<void> {
    const own = await this.own(actor.id);
    const theirs = await this.repository.holdings(userId, this.clock.now());
    if (theirs === undefined) throw new Problem('NOT_FOUND');
    assertHolds(
      own,
      theirs.holdings.map(({ permission }) => permission),
      () => true,
    );
    if (theirs.role === 'admin' && own.role !== 'admin') throw adminsOnly();
  }

  /**
   * How long the actor holds the permission themselves, which a grant of it can't outlast.
   * @returns the instant, or `null` where it holds until it is taken away.
   * @throws Problem FORBIDDEN when they don't hold it.
   */
  async heldUntil(actor: Principal, permission: string): Promise<Date | null> {
    const own = await this.own(actor.id);
    if (own.role === 'admin') return null;
    const ways = own.holdings.filter((holding) => holding.permission === permission);
    if (ways.length === 0) throw lacking([permission]);
    const ends = ways.map(({ expiresAt }) => expiresAt?.getTime() ?? Infinity);
    const latest = Math.max(...ends);
    return latest === Infinity ? null : new Date(latest);
  }

  /** What the actor holds at this instant and until the open transaction ends: nothing when they were disabled. */
  private async own(actorId: string): Promise<Holdings> {
    await this.changes.begin();
    const own = await this.repository.holdings(actorId, this.clock.now());
    return own === undefined || own.disabled ? nothing : own;
  }
}

const nothing: Holdings = { role: '', disabled: true, holdings: [] };

type Counts = (holding: Holding) => boolean;

/** A role is given without an end, and so takes lasting holdings: what the actor holds for a time doesn't count. */
const lasting: Counts = ({ expiresAt }) => expiresAt === null;
/** To themselves they give what their role gives, else a direct grant would become a role's and outlive its revocation. */
const byRole: Counts = ({ via }) => via === 'role';

/** An admin holds everything. */
function assertHolds(own: Holdings, permissions: readonly string[], counts: Counts): void {
  if (own.role === 'admin') return;
  const held = new Set(own.holdings.filter(counts).map(({ permission }) => permission));
  const absent = permissions.filter((permission) => !held.has(permission));
  if (absent.length > 0) throw lacking(absent);
}

function adminsOnly(): Problem {
  return new Problem('FORBIDDEN', { extensions: { required: { roles: ['admin'] } } });
}

function lacking(permissions: readonly string[]): Problem {
  return new Problem('FORBIDDEN', {
    detail: 'Nobody hands over what they do not hold themselves, for as long as they hold it',
    extensions: { required: { permissions: { allOf: permissions } } },
  });
}
