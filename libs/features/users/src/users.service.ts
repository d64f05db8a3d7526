import { AccessChanges, type Principal } from '@gatehouse/access';
import { HandingOver } from '@gatehouse/features/roles';
import { Clock } from '@gatehouse/platform/clock';
import { brokenConstraint, Transactions } from '@gatehouse/platform/database';
import { DomainEvents } from '@gatehouse/platform/events';
import { offsetOf, Page, Problem, sortOf } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { canonicalEmail } from './canonical-email.js';
import type { CreateUserDto, ListUsersQuery } from './dto/user-requests.dto.js';
import { UserEntity } from './user.entity.js';
import { UserInvited } from './users.events.js';
import { UsersRepository } from './users.repository.js';

export interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly passwordHash: string | null;
  /** Whether they have shown that the address is theirs. */
  readonly emailVerified: boolean;
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
  async create({ email, name, role, passwordHash, emailVerified }: NewUser): Promise<UserEntity> {
    const now = this.clock.now();
    const user = Object.assign(new UserEntity(), {
      id: uuidv7(),
      email: email.trim(),
      canonicalEmail: canonicalEmail(email),
      emailVerifiedAt: emailVerified ? now : null,
      name: name.trim(),
      passwordHash,
      role,
      disabledAt: null,
      deletedAt: null,
      createdAt: now,
      updatedAt: now,
    });
    await this.transactions.run(() => this.repository.insert(user)).catch(addressTaken);
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
      const user = await this.create({ email, name, role, passwordHash: null, emailVerified: false });
      await this.events.publish(new UserInvited(user.id));
      return user;
    });
  }

  setRole(actor: Principal, id: string, role: string): Promise<UserEntity> {
    return this.transactions.run(async () => {
      const admins = await this.repository.lockAdmins();
      await this.handingOver.assertMayChange(actor, id);
      await this.handingOver.assertMayGiveRole(actor, role, id);
      if (role !== 'admin' && admins.length === 1 && admins[0] === id) throw new Problem('LAST_ADMIN');
      await this.repository.update(id, { role, updatedAt: this.clock.now() });
      await this.changes.user(id);
      return this.get(id);
    });
  }

  /**
   * Gives an account the address that its owner has shown to be theirs; their principal has it on the next request.
   * @returns the address before, or `undefined` when the account is disabled or gone.
   * @throws Problem CONFLICT when another account has the address by now.
   */
  changeEmail(id: string, email: string): Promise<string | undefined> {
    return this.transactions.run(async () => {
      const user = await this.repository.locked({ id });
      if (user === null || user.disabledAt !== null) return undefined;
      const now = this.clock.now();
      const changes = { email, canonicalEmail: canonicalEmail(email), emailVerifiedAt: now, updatedAt: now };
      await this.repository.update(id, changes).catch(addressTaken);
      await this.changes.user(id);
      return user.email;
    });
  }

  /**
   * Sets a password's hash; what that does to sessions is the caller's business. `emailVerified` where it was done with
   * a token from the user's mail, which shows that the address is theirs.
   */
  async setPasswordHash(id: string, passwordHash: string, { emailVerified = false } = {}): Promise<void> {
    const now = this.clock.now();
    await this.repository.update(id, {
      passwordHash,
      updatedAt: now,
      ...(emailVerified ? { emailVerifiedAt: now } : {}),
    });
  }

  /**
   * The user as they are until the open transaction ends: who would change them waits.
   * @throws Problem NOT_FOUND
   */
  async lock(id: string): Promise<UserEntity> {
    const user = await this.repository.locked({ id });
    if (user === null) throw new Problem('NOT_FOUND');
    return user;
  }

  /** {@link lock} for whoever has the address now. */
  lockByEmail(email: string): Promise<UserEntity | null> {
    return this.repository.locked({ canonicalEmail: canonicalEmail(email) });
  }

  /** The same where the user has `known` still; answers whether they had. */
  replacePasswordHash(id: string, known: string, passwordHash: string): Promise<boolean> {
    const changes = { passwordHash, updatedAt: this.clock.now() };
    return this.transactions.run(() => this.repository.updateWithPassword(id, known, changes));
  }
}

function addressTaken(error: unknown): never {
  if (brokenConstraint(error) !== 'users_by_email') throw error;
  throw new Problem('CONFLICT', { detail: 'This e-mail address has an account' });
}

const sortable = { createdAt: 'createdAt', email: 'email', name: 'name' } as const;
