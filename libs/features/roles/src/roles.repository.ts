import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import { GrantEntity } from './grant.entity.js';
import { RoleEntity } from './role.entity.js';

/** What a user holds at an instant, and until when. */
export interface Holding {
  readonly permission: string;
  readonly via: 'role' | 'grant';
  readonly expiresAt: Date | null;
}

@Injectable()
export class RolesRepository {
  constructor(private readonly transactions: Transactions) {}

  roles(): Promise<RoleEntity[]> {
    return this.transactions.repository(RoleEntity).find({ relations: { permissions: true }, order: { name: 'ASC' } });
  }

  role(name: string): Promise<RoleEntity | null> {
    return this.transactions.repository(RoleEntity).findOne({ where: { name }, relations: { permissions: true } });
  }

  /** The user's role and what they hold at `now`; `undefined` when there is no such user. */
  async holdings(userId: string, now: Date): Promise<{ role: string; holdings: Holding[] } | undefined> {
    const rows = await this.transactions.query<{
      role: string;
      permission: string | null;
      via: 'role' | 'grant';
      expiresAt: Date | null;
    }>(
      `SELECT u.role, held.permission, held.via, held.expires_at AS "expiresAt"
       FROM users u LEFT JOIN LATERAL (
         SELECT permission, 'role' AS via, NULL::timestamptz AS expires_at FROM role_permissions WHERE role_name = u.role
         UNION ALL
         SELECT permission, 'grant', expires_at FROM grants
         WHERE user_id = u.id AND starts_at <= $2 AND (expires_at IS NULL OR expires_at > $2)
       ) held ON true
       WHERE u.id = $1`,
      [userId, now],
    );
    const [first] = rows;
    if (first === undefined) return undefined;
    const holdings = rows.flatMap(({ permission, via, expiresAt }) =>
      permission === null ? [] : [{ permission, via, expiresAt }],
    );
    return { role: first.role, holdings };
  }

  grantsOf(userId: string): Promise<GrantEntity[]> {
    return this.transactions.repository(GrantEntity).find({ where: { userId }, order: { permission: 'ASC' } });
  }

  /** The grant, kept as it is until the transaction ends. */
  lockGrant(userId: string, permission: string): Promise<GrantEntity | null> {
    const lock = { mode: 'pessimistic_write' } as const;
    return this.transactions.repository(GrantEntity).findOne({ where: { userId, permission }, lock });
  }

  /** Puts the grant in the place of the one that the user has of the same permission, if any. */
  async putGrant(grant: GrantEntity): Promise<GrantEntity> {
    await this.transactions
      .repository(GrantEntity)
      .upsert(grant, { conflictPaths: ['userId', 'permission'], skipUpdateIfNoValuesChanged: false });
    return this.transactions
      .repository(GrantEntity)
      .findOneByOrFail({ userId: grant.userId, permission: grant.permission });
  }

  async deleteGrant(userId: string, permission: string): Promise<boolean> {
    const { affected } = await this.transactions.repository(GrantEntity).delete({ userId, permission });
    return affected === 1;
  }
}
