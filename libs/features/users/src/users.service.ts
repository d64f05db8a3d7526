import { AccessChanges, type Principal } from '@gatehouse/access';
import { HandingOver } from '@gatehouse/features/roles';
import { Clock } from '@gatehouse/platform/clock';
import { brokenConstraint, Transactions } from '@gatehouse/platform/database';
import { DomainEvents } from '@gatehouse/platform/events';
import { offsetOf, Page, Problem, sortOf } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { canonicalEmail } from './canonical-email.js';
import type { CreateUserDto, ListUsersQuery, UpdateMeDto } from './dto/user-requests.dto.js';
import { UserEntity } from './user.entity.js';
import { UserInvited } from './users.events.js';
import { UsersRepository } from './users.repository.js';

export interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly passwordHash: string | null;
}

@Injectable()
export class UsersService {
  constructor(
    private readonly repository: UsersRepository,
    private readonly handingOver: HandingOver,
    private readonly changes: AccessChanges,
    private readonly events: DomainEvents,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  findByEmail(email: string): Promise<UserEntity | null> {
    return this.repository.byEmail(canonicalEmail(email));
  }

  async get(id: string): Promise<UserEntity> {
    const user = await this.repository.byId(id);
    if (user === null) throw new Problem('NOT_FOUND');
    return user;
  }

  async list(query: ListUsersQuery): Promise<Page<UserEntity>> {
    const { q, role, limit } = query;
    const [users, total] = await this.repository.list({
      q,
      role,
      offset: offsetOf(query),
      limit,
      sort: sortOf(query.sort ?? '-createdAt', sortable),
    });
    return new Page(users, total, query);
  }

  /** Makes an account; the one way to it, for registration, invitation and seed alike. */
  async create({ email, name, role, passwordHash }: NewUser): Promise<UserEntity> {
    const now = this.clock.now();
    const user = Object.assign(new UserEntity(), {
      id: uuidv7(),
      email: email.trim(),
      canonicalEmail: canonicalEmail(email),
      name: name.trim(),
      passwordHash,
      role,
      disabledAt: null,
      createdAt: now,
      updatedAt: now,
    });
    await this.transactions
      .run(() => this.repository.insert(user))
      .catch((error: unknown) => {
        if (brokenConstraint(error) !== 'users_by_email') throw error;
        throw new Problem('CONFLICT', { detail: 'This e-mail address has an account' });
      });
    return user;
  }

  invite(actor: Principal, { email, name, role = 'customer' }: CreateUserDto): Promise<UserEntity> {
    return this.transactions.run(async () => {
      if (role !== 'customer') {
        if (!actor.can('assign:role')) {
          throw new Problem('FORBIDDEN', { extensions: { required: { permissions: { allOf: ['assign:role'] } } } });
        }
        await this.handingOver.assertMayGiveRole(actor, role);
      }
      const user = await this.create({ email, name, role, passwordHash: null });
      await this.events.publish(new UserInvited(user.id, user.email, user.name));
      return user;
    });
  }

  updateMe(id: string, { name }: UpdateMeDto): Promise<UserEntity> {
    return this.transactions.run(async () => {
      if (name !== undefined) await this.repository.update(id, { name: name.trim(), updatedAt: this.clock.now() });
      return this.get(id);
    });
  }

  setRole(actor: Principal, id: string, role: string): Promise<UserEntity> {
    return this.transactions.run(async () => {
      const admins = await this.repository.lockAdmins();
      await this.handingOver.assertMayChange(actor, id);
      await this.handingOver.assertMayGiveRole(actor, role);
      if (role !== 'admin' && admins.length === 1 && admins[0] === id) throw new Problem('LAST_ADMIN');
      await this.repository.update(id, { role, updatedAt: this.clock.now() });
      await this.changes.user(id);
      return this.get(id);
    });
  }

  /**
   * Whether the user may still sign in with this hash; what would change that waits for the open transaction, so that
   * it finds the session which is begun there.
   */
  stillHasPassword(id: string, passwordHash: string | null): Promise<boolean> {
    return this.repository.lockWithPassword(id, passwordHash);
  }

  /** Sets a password's hash; what that does to sessions is the caller's business. */
  async setPasswordHash(id: string, passwordHash: string): Promise<void> {
    await this.repository.update(id, { passwordHash, updatedAt: this.clock.now() });
  }
}

const sortable = { createdAt: 'createdAt', email: 'email', name: 'name' } as const;
