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

/** Disabled accounts hold nothing that anybody could use; an admin holds every permission. $2 is now. */
const from = `
  FROM users u LEFT JOIN grants g
    ON g.user_id = u.id AND g.permission = $1 AND g.starts_at <= $2 AND (g.expires_at IS NULL OR g.expires_at > $2)
  WHERE u.disabled_at IS NULL AND (g.id IS NOT NULL OR u.role = 'admin'
    OR u.role IN (SELECT role_name FROM role_permissions WHERE permission = $1))`;

const page = `
  SELECT u.id, u.email, u.role, g.id IS NOT NULL AS "byGrant", g.expires_at AS "grantExpiresAt",
         u.role = 'admin' OR u.role IN (SELECT role_name FROM role_permissions WHERE permission = $1) AS "byRole"
  ${from} ORDER BY u.id LIMIT $3 OFFSET $4`;

@Injectable()
export class HoldersRepository {
  constructor(private readonly transactions: Transactions) {}

  /** One page of those who hold the permission at `now`, the oldest account first, and how many there are. */
  async holders(permission: string, now: Date, offset: number, limit: number): Promise<[Holder[], number]> {
    const holders = await this.transactions.query<Holder>(page, [permission, now, limit, offset]);
    const [count] = await this.transactions.query<{ total: number }>(`SELECT count(*)::int AS total ${from}`, [
      permission,
      now,
    ]);
    return [holders, count?.total ?? 0];
  }
}
