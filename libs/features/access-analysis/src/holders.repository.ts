import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';

/** Somebody who holds a permission, and how. */
export interface Holder {
  readonly id: string;
  readonly email: string;
  readonly role: string;
  /** Whether the role holds it: its own or, an admin's, every one. */
  readonly byRole: boolean;
  /** Whether a direct grant that is in force gives it. */
  readonly byGrant: boolean;
  readonly grantExpiresAt: Date | null;
}

/**
 * Those who hold the permission, each found by an index: by one of the roles $3 that have it, whose names the planner
 * must see to know how few they are, or by a grant that is in force at $2. Disabled accounts hold nothing that anybody
 * could use.
 */
const found = `
  WITH granted AS (
    SELECT user_id, expires_at FROM grants
    WHERE permission = $1 AND starts_at <= $2 AND (expires_at IS NULL OR expires_at > $2)),
  holders AS (
    SELECT id FROM users WHERE role = ANY ($3) AND disabled_at IS NULL
    UNION SELECT u.id FROM granted g JOIN users u ON u.id = g.user_id WHERE u.disabled_at IS NULL)`;

const page = `${found}
  SELECT u.id, u.email, u.role, g.user_id IS NOT NULL AS "byGrant", g.expires_at AS "grantExpiresAt",
         u.role = ANY ($3) AS "byRole"
  FROM holders h JOIN users u ON u.id = h.id LEFT JOIN granted g ON g.user_id = u.id
  ORDER BY u.id LIMIT $4 OFFSET $5`;

/** An admin holds every permission. */
const rolesWith = "SELECT 'admin' AS name UNION SELECT role_name FROM role_permissions WHERE permission = $1";

@Injectable()
export class HoldersRepository {
  constructor(private readonly transactions: Transactions) {}

  /** One page of those who hold the permission at `now`, the oldest account first, and how many there are. */
  async holders(permission: string, now: Date, offset: number, limit: number): Promise<[Holder[], number]> {
    const roles = (await this.transactions.query<{ name: string }>(rolesWith, [permission])).map(({ name }) => name);
    const holders = await this.transactions.query<Holder>(page, [permission, now, roles, limit, offset]);
    const count = `${found} SELECT count(*)::int AS total FROM holders`;
    const [counted] = await this.transactions.query<{ total: number }>(count, [permission, now, roles]);
    return [holders, counted?.total ?? 0];
  }
}
