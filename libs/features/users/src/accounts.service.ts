import { AccessChanges, type Principal } from '@gatehouse/access';
import { GrantsService, HandingOver } from '@gatehouse/features/roles';
import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { DomainEvents } from '@gatehouse/platform/events';
import { Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { AccountSecurity } from './account-security.js';
import type { UpdateUserDto } from './dto/user-requests.dto.js';
import { UserEntity } from './user.entity.js';
import { UserDeleted } from './users.events.js';
import { UsersRepository } from './users.repository.js';

/** What others do to an account, and its end: by nobody who holds less than its user does, and never the last admin's. */
@Injectable()
export class AccountsService {
  constructor(
    private readonly repository: UsersRepository,
    private readonly handingOver: HandingOver,
    private readonly grants: GrantsService,
    private readonly security: AccountSecurity,
    private readonly changes: AccessChanges,
    private readonly events: DomainEvents,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /** Changes the name. The address is its owner's to change: whoever sets it could ask for a new password there. */
  update(actor: Principal, id: string, { name }: UpdateUserDto): Promise<UserEntity> {
    return this.transactions.run(async () => {
      const { user } = await this.lockForChange(actor, id);
      return name === undefined ? user : this.change(user, { name: name.trim() });
    });
  }

  /**
   * Shuts a user out: their sessions and mailed tokens end in the same transaction, and don't come back with the account.
   * @throws Problem LAST_ADMIN, FORBIDDEN, NOT_FOUND, CONFLICT for one's own account.
   */
  disable(actor: Principal, id: string): Promise<UserEntity> {
    return this.transactions.run(async () => {
      const { user, isLastAdmin } = await this.lockForChange(actor, id);
      assertSpared(actor, user, isLastAdmin);
      if (user.disabledAt !== null) return user;
      const disabled = await this.change(user, { disabledAt: this.clock.now() });
      await this.security.lockOut(id, 'user disabled');
      return disabled;
    });
  }

  /** Lets a user sign in again. */
  enable(actor: Principal, id: string): Promise<UserEntity> {
    return this.transactions.run(async () => {
      const { user } = await this.lockForChange(actor, id);
      return user.disabledAt === null ? user : this.change(user, { disabledAt: null });
    });
  }

  /** Deletes somebody's account; see {@link erase}. @throws Problem as {@link disable}. */
  delete(actor: Principal, id: string): Promise<void> {
    return this.transactions.run(async () => {
      const { user, isLastAdmin } = await this.lockForChange(actor, id);
      assertSpared(actor, user, isLastAdmin);
      await this.erase(user);
    });
  }

  /** Deletes the caller's own account; see {@link erase}. @throws Problem LAST_ADMIN. */
  deleteOwn({ id }: Principal): Promise<void> {
    return this.transactions.run(async () => {
      const { user, isLastAdmin } = await this.lock(id);
      if (isLastAdmin) throw new Problem('LAST_ADMIN');
      await this.erase(user);
    });
  }

  /**
   * Nobody can tell any more whose account it was, and its address may have a new one. The id stays, for the orders and
   * the trail that name it.
   */
  private async erase(user: UserEntity): Promise<void> {
    const now = this.clock.now();
    // No address that anybody could register: it has no domain.
    const pseudonym = `deleted-${user.id}`;
    await this.change(user, {
      email: pseudonym,
      canonicalEmail: pseudonym,
      emailVerifiedAt: null,
      name: 'Deleted user',
      passwordHash: null,
      role: 'customer',
      disabledAt: user.disabledAt ?? now,
      deletedAt: now,
    });
    await this.grants.revokeAllOf(user.id);
    await this.security.forget(user.id);
    await this.events.publish(new UserDeleted(user.id, user.email));
  }

  private async change(user: UserEntity, changes: Partial<Omit<UserEntity, 'id'>>): Promise<UserEntity> {
    const changed = { ...changes, updatedAt: this.clock.now() };
    await this.repository.update(user.id, changed);
    await this.changes.user(user.id);
    return Object.assign(new UserEntity(), user, changed);
  }

  private async lockForChange(actor: Principal, id: string): Promise<LockedUser> {
    const locked = await this.lock(id);
    await this.handingOver.assertMayChange(actor, id);
    return locked;
  }

  /** The user, who stays as they are until the transaction ends, and so do all admins. */
  private async lock(id: string): Promise<LockedUser> {
    const admins = await this.repository.lockAdmins();
    const user = await this.repository.locked({ id });
    if (user === null) throw new Problem('NOT_FOUND');
    return { user, isLastAdmin: admins.length === 1 && admins[0] === id };
  }
}

interface LockedUser {
  readonly user: UserEntity;
  readonly isLastAdmin: boolean;
}

function assertSpared(actor: Principal, user: UserEntity, isLastAdmin: boolean): void {
  if (isLastAdmin) throw new Problem('LAST_ADMIN');
  // A slip of the hand: who wants to leave deletes their account themselves, with a recent sign-in.
  if (user.id === actor.id) throw new Problem('CONFLICT', { detail: 'This is your own account' });
}
