import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { GrantEntity } from './grant.entity.js';
import { RoleEntity } from './role.entity.js';
import { RolePermissionEntity } from './role-permission.entity.js';

/** Grants whose end is recorded in one statement, so that none locks many rows. */
const batch = 1_000;

/** What a user holds at an instant, and until when. */
export interface Holding {
  readonly permission: string;
  readonly via: 'role' | 'grant';
  readonly expiresAt: Date | null;
}

/** A user's role and what they hold at an instant. */
export interface Holdings {
  readonly role: string;
  readonly disabled: boolean;
  readonly holdings: readonly Holding[];
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

  /** Makes a role that holds nothing yet. */
  async insertRole(name: string, description: string): Promise<void> {
    await this.transactions.repository(RoleEntity).insert({ name, description });
  }

  async describeRole(name: string, description: string): Promise<void> {
    await this.transactions.repository(RoleEntity).update({ name }, { description });
  }

  /** @throws the database's conflict on `users_of_role` when somebody has the role. */
  async deleteRole(name: string): Promise<void> {
    await this.transactions.repository(RoleEntity).delete({ name });
  }

  async addToRole(roleName: string, permissions: readonly string[]): Promise<void> {
    const rows = permissions.map((permission) => ({ roleName, permission }));
    if (rows.length > 0) await this.transactions.repository(RolePermissionEntity).insert(rows);
  }

  async takeFromRole(roleName: string, permissions: readonly string[]): Promise<void> {
    if (permissions.length === 0) return;
    await this.transactions.repository(RolePermissionEntity).delete({ roleName, permission: In([...permissions]) });
  }

  /** The user's role and what they hold at `now`; `undefined` when there is no such user. */
  async holdings(userId: string, now: Date): Promise<Holdings | undefined> {
    const rows = await this.transactions.query<{
      role: string;
      disabled: boolean;
      permission: string | null;
      via: 'role' | 'grant';
      expiresAt: Date | null;
    }>(
      `SELECT u.role, u.disabled_at IS NOT NULL AS disabled, held.permission, held.via, held.expires_at AS "expiresAt"
       FROM users u LEFT JOIN LATERAL (
         SELECT permission, 'role' AS via, NULL::timestamptz AS expires_at FROM role_permissions WHERE role_name = u.role
         UNION ALL
         SELECT permission, 'grant', expires_at FROM grants
         WHERE user_id = u.id AND starts_at <= $2 AND (expires_at IS NULL OR expires_at > $2)
       ) held ON true
       WHERE u.id = $1 AND u.deleted_at IS NULL`,
      [userId, now],
    );
    const [first] = rows;
    if (first === undefined) return undefined;
    const holdings = rows.flatMap(({ permission, via, expiresAt }) =>
      permission === null ? [] : [{ permission, via, expiresAt }],
    );
    return { role: first.role, disabled: first.disabled, holdings };
  }

  grantsOf(userId: string): Promise<GrantEntity[]> {
    return this.transactions.repository(GrantEntity).find({ where: { userId }, order: { permission: 'ASC' } });
  }

  grant(userId: string, permission: string): Promise<GrantEntity | null> {
    return this.transactions.repository(GrantEntity).findOneBy({ userId, permission });
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

  async deleteGrant(userId: string, permission: string): Promise<void> {
    await this.transactions.repository(GrantEntity).delete({ userId, permission });
  }

  /**
   * Writes into the trail that grants have ended, once for each; with a user and a permission, that one's alone.
   * @returns whether there may be more.
   */
  async recordEnded(now: Date, userId: string | null = null, permission: string | null = null): Promise<boolean> {
    // Of two processes that find the same grant the second waits for the first, and finds it marked.
    const rows = await this.transactions.query(
      `WITH ended AS (
         UPDATE grants SET end_recorded = true WHERE id IN (
           SELECT id FROM grants WHERE expires_at <= $1 AND NOT end_recorded
             AND ($2::uuid IS NULL OR user_id = $2) AND ($3::text IS NULL OR permission = $3)
           ORDER BY id LIMIT ${batch} FOR NO KEY UPDATE)
         RETURNING *)
       INSERT INTO audit_entries (occurred_at, action, resource, resource_id, changes, details, process)
       SELECT $1, 'grant.expired', 'grant', user_id, '{}', jsonb_build_object(
           'id', id, 'permission', permission, 'grantedBy', granted_by, 'expiresAt', expires_at), 'end of grants'
       FROM ended RETURNING id`,
      [now, userId, permission],
    );
    return rows.length === batch;
  }

  /** Deletes at most so many grants that ended before, and whose end is in the trail; answers how many. */
  deleteEnded(before: Date, atMost: number): Promise<number> {
    return this.transactions.run(async () => {
      const [deleted] = await this.transactions.query<{ count: number }>(
        `WITH ended AS (
           SELECT id FROM grants WHERE end_recorded AND expires_at < $1
           ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED),
         deleted AS (DELETE FROM grants USING ended WHERE grants.id = ended.id RETURNING 1)
         SELECT count(*)::int AS count FROM deleted`,
        [before, atMost],
      );
      return deleted?.count ?? 0;
    });
  }

  async deleteGrantsOf(userId: string): Promise<void> {
    await this.transactions.repository(GrantEntity).delete({ userId });
  }
}
