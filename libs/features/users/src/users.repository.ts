import { Transactions } from '@gatehouse/platform/database';
import type { Sort } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { type FindOptionsWhere, ILike } from 'typeorm';
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
  constructor(private readonly transactions: Transactions) {}

  private get users() {
    return this.transactions.repository(UserEntity);
  }

  byId(id: string): Promise<UserEntity | null> {
    return this.users.findOneBy({ id });
  }

  byEmail(canonicalEmail: string): Promise<UserEntity | null> {
    return this.users.findOneBy({ canonicalEmail });
  }

  list({ q, role, sort, offset, limit }: UserFilter): Promise<[UserEntity[], number]> {
    const same: FindOptionsWhere<UserEntity> = role === undefined ? {} : { role };
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

  async lockWithPassword(id: string, passwordHash: string | null): Promise<boolean> {
    const rows = await this.transactions.query(
      'SELECT id FROM users WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL FOR SHARE',
      [id, passwordHash],
    );
    return rows.length === 1;
  }

  /** Ids of the admins who may sign in, locked until the transaction ends so that two demotions can't both see two. */
  async lockAdmins(): Promise<string[]> {
    const rows = await this.transactions.query<{ id: string }>(
      "SELECT id FROM users WHERE role = 'admin' AND disabled_at IS NULL ORDER BY id FOR UPDATE",
    );
    return rows.map(({ id }) => id);
  }
}
