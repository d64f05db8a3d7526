import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';

@Injectable()
export class OAuthStatesRepository {
  constructor(private readonly transactions: Transactions) {}

  /** Remembers the state as used; answers whether this call was the first. Takes some that have expired away. */
  async use(hash: Buffer, expiresAt: Date, now: Date): Promise<boolean> {
    const rows = await this.transactions.query(
      `WITH expired AS (
         DELETE FROM used_oauth_states WHERE hash IN (
           SELECT hash FROM used_oauth_states WHERE expires_at <= $3 LIMIT 100 FOR UPDATE SKIP LOCKED))
       INSERT INTO used_oauth_states (hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING hash`,
      [hash, expiresAt, now],
    );
    return rows.length === 1;
  }
}
