import { AccessChanges } from '@gatehouse/access';
import { Transactions } from '@gatehouse/platform/database';
import type { Sort } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { type FindOptionsWhere, ILike, IsNull } from 'typeorm';
import { UserEntity } from './user.entity.js';

export interface UserFilter {
  readonly q?: string | undefined;
  readonly role?: string | undefined;
  readonly sort: Sort<'createdAt' | 'email' | 'name'>;
  readonly offset: number;
  readonly limit: number;
}

@Injectable()
export class UsersRepository {
  constructor(
    private readonly transactions: Transactions,
    private readonly changes: AccessChanges,
  ) {}

  private get users() {
    return this.transactions.repository(UserEntity);
  }

  byId(id: string): Promise<UserEntity | null> {
    return this.users.findOneBy({ id, deletedAt: IsNull() });
  }

  byEmail(canonicalEmail: string): Promise<UserEntity | null> {
    return this.users.findOneBy({ canonicalEmail });
  }

  /** Read and locked in one, so that nothing of it changes before the transaction ends. */
  locked(where: Pick<UserEntity, 'id'> | Pick<UserEntity, 'canonicalEmail'>): Promise<UserEntity | null> {
    return this.users.findOne({ where: { ...where, deletedAt: IsNull() }, lock: { mode: 'pessimistic_write' } });
  }

  list({ q, role, sort, offset, limit }: UserFilter): Promise<[UserEntity[], number]> {
    const there: FindOptionsWhere<UserEntity> = { deletedAt: IsNull() };
    const same = role === undefined ? there : { ...there, role };
    const pattern = q === undefined ? undefined : ILike(`%${q.replaceAll(/[\\%_]/g, '\\$&')}%`);
    const where =
      pattern === undefined
        ? same
        : [
            { ...same, name: pattern },
            { ...same, email: pattern },
          ];
    return this.users.findAndCount({
      where,
      order: { [sort.column]: sort.direction, id: sort.direction },
      skip: offset,
      take: limit,
    });
  }

  /** @throws the database's conflict on `users_by_email` when the address has an account. */
  async insert(user: UserEntity): Promise<void> {
    await this.users.insert(user);
  }

  async update(id: string, changes: Partial<Omit<UserEntity, 'id'>>): Promise<boolean> {
    const { affected } = await this.users.update({ id }, changes);
    return affected === 1;
  }

  async updateWithPassword(id: string, passwordHash: string, changes: Partial<UserEntity>): Promise<boolean> {
    const { affected } = await this.users.update({ id, passwordHash }, changes);
    return affected === 1;
  }

  /** Ids of the admins who may sign in, locked until the transaction ends so that two demotions can't both see two. */
  async lockAdmins(): Promise<string[]> {
    await this.changes.begin();
    const rows = await this.transactions.query<{ id: string }>(
      "SELECT id FROM users WHERE role = 'admin' AND disabled_at IS NULL ORDER BY id FOR NO KEY UPDATE",
    );
    return rows.map(({ id }) => id);
  }
}
