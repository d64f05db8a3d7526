import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';

/** The answers that are kept for repeated requests. */
@Injectable()
export class IdempotencyKeys {
  constructor(private readonly transactions: Transactions) {}

  /** Forgets at most so many of those that were stored before; answers how many. */
  async deleteBefore(instant: Date, atMost: number): Promise<number> {
    const [deleted] = await this.transactions.query<{ count: number }>(
      `WITH old AS (
         SELECT user_id, route, key FROM idempotency_keys WHERE created_at < $1
         ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED),
       deleted AS (
         DELETE FROM idempotency_keys k USING old
         WHERE k.user_id = old.user_id AND k.route = old.route AND k.key = old.key RETURNING 1)
       SELECT count(*)::int AS count FROM deleted`,
      [instant, atMost],
    );
    return deleted?.count ?? 0;
  }
}
