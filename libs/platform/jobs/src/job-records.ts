import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import { JobQueue } from './job-queue.js';

/** What can be said of a job: `waiting` for its first run, `retrying` after a failure, and so on. */
export const jobStates = ['waiting', 'retrying', 'running', 'done', 'dead'] as const;
export type JobState = (typeof jobStates)[number];

/** A job as it is told to who looks at the queue: all but what it was given. */
export interface JobRecord {
  readonly id: string;
  readonly name: string;
  readonly state: JobState;
  /** Runs so far, and how many there may be. */
  readonly runs: number;
  readonly attempts: number;
  readonly actorId: string | null;
  readonly progress: { readonly done: number; readonly total?: number } | null;
  /** Why the last run failed. */
  readonly error: string | null;
  readonly createdAt: Date;
  /** Not before this instant. */
  readonly startAfter: Date;
  readonly endedAt: Date | null;
}

export interface JobFilter {
  readonly state?: JobState | undefined;
  readonly name?: string | undefined;
}

const stored: Readonly<Record<JobState, string>> = {
  waiting: 'created',
  retrying: 'retry',
  running: 'active',
  done: 'completed',
  dead: 'failed',
};

const said = `CASE state ${Object.entries(stored)
  .map(([state, theirs]) => `WHEN '${theirs}' THEN '${state}'`)
  .join(' ')} END`;

const columns = `id, data->>'name' AS name, ${said} AS state, (retry_limit + 1) AS attempts,
  CASE WHEN started_on IS NULL THEN 0 ELSE retry_count + 1 END AS runs,
  data->>'actorId' AS "actorId", data->'progress' AS progress,
  CASE WHEN state = 'completed' THEN NULL ELSE COALESCE(output->>'message', output->'value'->>'message') END AS error,
  created_on AS "createdAt", start_after AS "startAfter",
  CASE WHEN state IN ('completed', 'failed') THEN completed_on END AS "endedAt"`;

const filtered = `FROM pgboss.job
  WHERE state <> 'cancelled' AND ($1::text IS NULL OR state = $1::pgboss.job_state) AND ($2::text IS NULL OR data->>'name' = $2)`;

/** What lies in the queue, for who looks at it. */
@Injectable()
export class JobRecords {
  constructor(
    private readonly transactions: Transactions,
    private readonly queue: JobQueue,
  ) {}

  /** The newest first, and how many there are. */
  async list({ state, name }: JobFilter, offset: number, limit: number): Promise<[JobRecord[], number]> {
    const filter = [state === undefined ? null : stored[state], name ?? null];
    const records = await this.transactions.query<JobRecord>(
      `SELECT ${columns} ${filtered} ORDER BY id DESC LIMIT $3 OFFSET $4`,
      [...filter, limit, offset],
    );
    const [count] = await this.transactions.query<{ total: number }>(
      `SELECT count(*)::int AS total ${filtered}`,
      filter,
    );
    return [records, count?.total ?? 0];
  }

  async get(id: string): Promise<JobRecord | undefined> {
    const [record] = await this.transactions.query<JobRecord>(`SELECT ${columns} FROM pgboss.job WHERE id = $1`, [id]);
    return record;
  }

  /** Has a dead job tried once more. @returns whether there is one. */
  revive(id: string): Promise<boolean> {
    return this.queue.revive(id);
  }

  /** Takes away up to `count` jobs that are done since before `done`, or dead since before `dead`. @returns how many. */
  async clean(done: Date, dead: Date, count: number): Promise<number> {
    const [cleaned] = await this.transactions.query<{ count: number }>(
      `WITH old AS (
         SELECT name, id FROM pgboss.job
         WHERE (state IN ('completed', 'cancelled') AND completed_on < $1) OR (state = 'failed' AND completed_on < $2)
         LIMIT $3 FOR UPDATE SKIP LOCKED),
       cleaned AS (DELETE FROM pgboss.job USING old WHERE job.name = old.name AND job.id = old.id RETURNING 1)
       SELECT count(*)::int AS count FROM cleaned`,
      [done, dead, count],
    );
    return cleaned?.count ?? 0;
  }
}
