import type { PrincipalFacts, PrincipalSource } from '@gatehouse/access';
import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';

interface Row {
  readonly userId: string;
  readonly email: string;
  readonly role: string;
  readonly rolePermissions: string[];
  readonly grants: { permission: string; startsAt: string; expiresAt: string | null }[];
  readonly sessionId: string;
  readonly signedInAt: Date;
  readonly expiresAt: Date;
  readonly methods: string[];
  readonly secondFactor: boolean;
}

/** Everything a decision needs of a session's user, in one statement. */
const statement = `
  SELECT u.id AS "userId", u.email, u.role, s.id AS "sessionId", s.created_at AS "signedInAt", s.expires_at AS "expiresAt",
         s.methods, s.second_factor AS "secondFactor",
         ARRAY(SELECT permission FROM role_permissions WHERE role_name = u.role) AS "rolePermissions",
         COALESCE((SELECT json_agg(json_build_object('permission', permission, 'startsAt', starts_at, 'expiresAt', expires_at))
                   FROM grants WHERE user_id = u.id AND (expires_at IS NULL OR expires_at > $2)), '[]') AS grants
  FROM sessions s JOIN users u ON u.id = s.user_id
  WHERE s.id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND u.disabled_at IS NULL`;

@Injectable()
export class PrincipalRepository implements PrincipalSource {
  constructor(
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  async load(sessionId: string): Promise<PrincipalFacts | undefined> {
    const [row] = await this.transactions.query<Row>(statement, [sessionId, this.clock.now()]);
    if (row === undefined) return undefined;
    const { signedInAt, expiresAt, methods, secondFactor } = row;
    return {
      userId: row.userId,
      email: row.email,
      role: row.role,
      rolePermissions: row.rolePermissions,
      grants: row.grants.map((grant) => ({
        permission: grant.permission,
        startsAt: new Date(grant.startsAt),
        expiresAt: grant.expiresAt === null ? null : new Date(grant.expiresAt),
      })),
      session: { id: row.sessionId, signedInAt, expiresAt, methods, secondFactor },
    };
  }
}
