import { System } from '@gatehouse/access';
import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { inBatches, type Job, JobConsumer } from '@gatehouse/platform/jobs';
import { Injectable } from '@nestjs/common';
import { Attempts } from './attempts/attempts.service.js';

declare global {
  interface GatehouseJobs {
    'auth.clean': Record<string, never>;
  }
}

/** How long something stays after its end, for whoever looks into what happened. */
const keptMs = 86_400_000;

/**
 * What has an end, and the key of a row. A session's is the absolute one of its refresh tokens, which go with it: as
 * long as one of them could come back, that it was used is known.
 */
const ending = {
  sessions: 'id',
  password_tokens: 'hash',
  email_changes: 'user_id',
  registrations: 'id',
  sign_in_challenges: 'hash',
  sign_in_codes: 'hash',
  used_oauth_states: 'hash',
} as const;

/** Takes away what is over: nothing here is decided by its absence. */
@Injectable()
export class AuthCleaning {
  constructor(
    private readonly attempts: Attempts,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  @JobConsumer('auth.clean', { every: '1h', timeout: '10m' })
  @System()
  async clean(_data: GatehouseJobs['auth.clean'], job: Job): Promise<void> {
    const before = new Date(this.clock.milliseconds() - keptMs);
    for (const [table, key] of Object.entries(ending)) {
      await inBatches(job, (atMost) => this.deleteEnded(table, key, before, atMost));
    }
    await this.attempts.purge();
  }

  private deleteEnded(table: string, key: string, before: Date, atMost: number): Promise<number> {
    return this.transactions.run(async () => {
      const [deleted] = await this.transactions.query<{ count: number }>(
        `WITH ended AS (
           SELECT ${key} FROM ${table} WHERE expires_at < $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED),
         deleted AS (DELETE FROM ${table} USING ended WHERE ${table}.${key} = ended.${key} RETURNING 1)
         SELECT count(*)::int AS count FROM deleted`,
        [before, atMost],
      );
      return deleted?.count ?? 0;
    });
  }
}
