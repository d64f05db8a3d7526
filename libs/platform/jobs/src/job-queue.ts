import { DATABASE_URL, Transactions } from '@gatehouse/platform/database';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import PgBoss from 'pg-boss';
import type { Lane } from './lanes.js';

/** What lies in the queue beside the library's own columns; all that says what was asked for is encrypted. */
export interface StoredJob {
  readonly name: string;
  /** The payload, encrypted for this job alone. */
  readonly payload: string;
  readonly actorId?: string;
  /** Of the request that caused it. */
  readonly requestId?: string;
  readonly progress?: { readonly done: number; readonly total?: number };
}

export interface NewJob {
  readonly id: string;
  readonly lane: Lane;
  readonly stored: StoredJob;
  readonly attempts: number;
  /** At most one of this key waits in a lane. */
  readonly key: string;
  readonly startAfter?: Date | undefined;
}

/** A job that was taken: its lease must be renewed until it is over. */
export interface TakenJob {
  readonly id: string;
  readonly lane: Lane;
  readonly stored: StoredJob;
  /** 0 at the first run. */
  readonly retries: number;
}

/** Seconds of the first pause, which doubles from try to try; the library adds as much again at random. */
const pauseSeconds = 2;

/**
 * The queue library (pg-boss) as we use it: jobs are put in on the caller's transaction, and everything about running
 * them goes over connections of its own, so that a busy pool of the service costs no lease.
 */
@Injectable()
export class JobQueue implements OnApplicationShutdown {
  private readonly logger = new Logger(JobQueue.name);
  private readonly boss: PgBoss;
  private pool: pg.Pool | undefined;
  private closed = false;
  private failing = false;

  constructor(
    @Inject(DATABASE_URL) private readonly url: string,
    private readonly transactions: Transactions,
  ) {
    const db = { executeSql: (text: string, values?: unknown[]) => this.apart(text, values) };
    this.boss = new PgBoss({ db, schema: 'pgboss', migrate: false, supervise: false, schedule: false });
  }

  /** Puts a job in, on the open transaction. @returns `undefined` where its id is known or its key waits already. */
  async put(job: NewJob, leaseMs: number): Promise<string | undefined> {
    const db = {
      executeSql: async (text: string, values: unknown[]) => ({ rows: await this.transactions.query(text, values) }),
    };
    const sent = await this.boss.send(job.lane, job.stored, {
      db,
      id: job.id,
      singletonKey: job.key,
      retryLimit: job.attempts - 1,
      retryDelay: pauseSeconds,
      retryBackoff: true,
      expireInSeconds: Math.ceil(leaseMs / 1_000),
      ...(job.startAfter === undefined ? {} : { startAfter: job.startAfter }),
    });
    return sent ?? undefined;
  }

  /** The job that waits under this key, on the open transaction. */
  async waiting(lane: Lane, key: string): Promise<string | undefined> {
    const [job] = await this.transactions.query<{ id: string }>(
      "SELECT id FROM pgboss.job WHERE name = $1 AND singleton_key = $2 AND state = 'created'",
      [lane, key],
    );
    return job?.id;
  }

  /** Takes up to `count` jobs whose time has come; nobody else gets them while their lease lasts. */
  async take(lane: Lane, count: number): Promise<TakenJob[]> {
    const jobs = await this.boss.fetch<StoredJob>(lane, { batchSize: count, includeMetadata: true });
    return jobs.map(({ id, data, retryCount }) => ({ id, lane, stored: data, retries: retryCount }));
  }

  async complete({ lane, id }: TakenJob): Promise<void> {
    await this.boss.complete(lane, id);
  }

  /** It is tried again after a pause, or is dead after the last attempt. */
  async fail({ lane, id }: TakenJob, message: string): Promise<void> {
    await this.boss.fail(lane, id, { message });
  }

  /** It is dead at once. */
  async kill(job: TakenJob, message: string): Promise<void> {
    await this.apart('UPDATE pgboss.job SET retry_limit = retry_count WHERE name = $1 AND id = $2', [job.lane, job.id]);
    await this.fail(job, message);
  }

  /** Gives a job back that nothing is wrong with: another process takes it at once, and it counts as no attempt. */
  async handBack({ lane, id, retries }: TakenJob): Promise<void> {
    await this.apart(
      `UPDATE pgboss.job SET state = 'retry', start_after = now(), started_on = NULL
       WHERE name = $1 AND id = $2 AND state = 'active' AND retry_count = $3`,
      [lane, id, retries],
    );
    await this.apart('NOTIFY gatehouse_jobs');
  }

  /** Renews the leases. @returns ids of those that are still this process's. */
  async renew(jobs: readonly TakenJob[]): Promise<ReadonlySet<string>> {
    const { rows } = await this.apart<{ id: string }>(
      `UPDATE pgboss.job SET started_on = now()
       WHERE name = ANY($1) AND state = 'active'
         AND (id, retry_count) IN (SELECT unnest($2::uuid[]), unnest($3::int[])) RETURNING id`,
      [[...new Set(jobs.map(({ lane }) => lane))], jobs.map(({ id }) => id), jobs.map(({ retries }) => retries)],
    );
    return new Set(rows.map(({ id }) => id));
  }

  async report({ lane, id }: TakenJob, progress: StoredJob['progress']): Promise<void> {
    await this.apart(
      "UPDATE pgboss.job SET data = jsonb_set(data, '{progress}', $3) WHERE name = $1 AND id = $2 AND state = 'active'",
      [lane, id, JSON.stringify(progress)],
    );
  }

  /** Ends the leases that nobody renewed: whoever had the job is gone, and it is tried again. */
  async expire(): Promise<void> {
    await this.boss.expire();
  }

  /** Has a dead job tried once more, on the open transaction. @returns whether it was dead. */
  async revive(id: string): Promise<boolean> {
    const revived = await this.transactions.query(
      `WITH revived AS (
         UPDATE pgboss.job SET state = 'retry', retry_limit = retry_limit + 1, start_after = now(), completed_on = NULL
         WHERE id = $1 AND state = 'failed' RETURNING 1)
       SELECT pg_notify('gatehouse_jobs', '') FROM revived`,
      [id],
    );
    return revived.length === 1;
  }

  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    await this.pool?.end();
  }

  private async apart<Row extends pg.QueryResultRow>(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ rows: Row[] }> {
    const client = await this.connections()
      .connect()
      .catch((error: unknown) => {
        this.complain(error);
        throw error;
      });
    try {
      const result = values === undefined ? await client.query<Row>(text) : await client.query<Row>(text, [...values]);
      client.release();
      this.failing = false;
      return { rows: result.rows };
    } catch (error) {
      // What the library runs in a transaction of its own may have left it open.
      client.release(true);
      this.complain(error);
      throw error;
    }
  }

  /** Once for each outage: it is asked every few seconds. */
  private complain(error: unknown): void {
    if (!this.closed && !this.failing) this.logger.warn(`the queue does not answer: ${String(error)}`);
    this.failing = true;
  }

  private connections(): pg.Pool {
    this.pool ??= new pg.Pool({
      connectionString: this.url,
      application_name: 'gatehouse-jobs',
      max: 3,
      connectionTimeoutMillis: 2_000,
      statement_timeout: 8_000,
      keepAlive: true,
    }).on('error', () => undefined);
    return this.pool;
  }
}
