import type { PrincipalFacts, PrincipalSource, UserFacts } from '@gatehouse/access';
import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';

interface UserRow {
  readonly userId: string;
  readonly email: string;
  readonly role: string;
  readonly rolePermissions: string[];
  readonly grants: { permission: string; startsAt: string; expiresAt: string | null }[];
}

interface SessionRow extends UserRow {
  readonly sessionId: string;
  readonly signedInAt: Date;
  readonly expiresAt: Date;
  readonly methods: string[];
  readonly secondFactor: boolean;
}

/** What a user holds; $2 is now. */
const user = `
         u.id AS "userId", u.email, u.role,
         ARRAY(SELECT permission FROM role_permissions WHERE role_name = u.role) AS "rolePermissions",
         COALESCE((SELECT json_agg(json_build_object('permission', permission, 'startsAt', starts_at, 'expiresAt', expires_at))
                   FROM grants WHERE user_id = u.id AND (expires_at IS NULL OR expires_at > $2)), '[]') AS grants`;

/** Everything a decision needs of a session's user, in one statement. */
const bySession = `
  SELECT ${user}, s.id AS "sessionId", s.created_at AS "signedInAt", s.expires_at AS "expiresAt", s.methods,
         s.second_factor AS "secondFactor"
  FROM sessions s JOIN users u ON u.id = s.user_id
  WHERE s.id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND u.disabled_at IS NULL`;

const byUser = `SELECT ${user}, u.disabled_at IS NOT NULL AS disabled FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL`;

@Injectable()
export class PrincipalRepository implements PrincipalSource {
  constructor(
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  async load(sessionId: string): Promise<PrincipalFacts | undefined> {
    const [row] = await this.transactions.query<SessionRow>(bySession, [sessionId, this.clock.now()]);
    if (row === undefined) return undefined;
    const { signedInAt, expiresAt, methods, secondFactor } = row;
    return { ...factsOf(row), session: { id: row.sessionId, signedInAt, expiresAt, methods, secondFactor } };
  }

  async loadUser(userId: string): Promise<(UserFacts & { disabled: boolean }) | undefined> {
    const [row] = await this.transactions.query<UserRow & { disabled: boolean }>(byUser, [userId, this.clock.now()]);
    return row && { ...factsOf(row), disabled: row.disabled };
  }
}

function factsOf({ userId, email, role, rolePermissions, grants }: UserRow): UserFacts {
  return {
    userId,
    email,
    role,
    rolePermissions,
    grants: grants.map(({ permission, startsAt, expiresAt }) => ({
      permission,
      startsAt: new Date(startsAt),
      expiresAt: expiresAt === null ? null : new Date(expiresAt),
    })),
  };
}
