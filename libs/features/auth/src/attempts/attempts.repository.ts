import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';

/** One try to be counted. */
export interface Counting {
  readonly subject: Buffer;
  readonly kind: string;
  readonly forgivenEveryMs: number;
  /** The lock that the first, second … failure begins; counting ends with the last. */
  readonly locksMs: readonly (number | null)[];
}

/** What a budget looks like with the try that was counted. */
export interface Counted {
  readonly kind: string;
  readonly failures: number;
  readonly lockedUntil: Date | null;
}

export interface Settling {
  readonly subject: Buffer;
  /** How much of the time until all is forgotten goes with the one try; `null` for all of it. */
  readonly giveBackMs: number | null;
}

@Injectable()
export class AttemptsRepository {
  constructor(private readonly transactions: Transactions) {}

  /**
   * Counts one after the other in one statement until it meets a lock. Each budget is one row that an upsert locks, reads
   * at its newest and writes; naming the one before it makes PostgreSQL take the rows in this order.
   */
  count(countings: readonly Counting[], now: Date): Promise<Counted[]> {
    const parameters: unknown[] = [now];
    const steps = countings.map(({ subject, kind, forgivenEveryMs, locksMs }, index) => {
      const first = parameters.push(subject, kind, interval(forgivenEveryMs), locksMs.map(interval)) - 3;
      const [$subject, $kind, $forgiven, $locks] = [
        `$${first}::bytea`,
        `$${first + 1}::text`,
        `$${first + 2}::interval`,
        `$${first + 3}::interval[]`,
      ];
      return `step_${index} AS (
        INSERT INTO attempts AS known (subject, kind, forgotten_at, locked_until)
        SELECT ${$subject}, ${$kind}, $1::timestamptz + ${$forgiven}, $1::timestamptz + (${$locks})[1]
        ${index === 0 ? '' : `WHERE EXISTS (SELECT FROM step_${index - 1})`}
        ON CONFLICT (subject) DO UPDATE SET (forgotten_at, locked_until) = (
          SELECT forgotten, $1 + (${$locks})[${failures('forgotten', $forgiven)}]
          FROM (SELECT least(greatest(known.forgotten_at, $1) + ${$forgiven}, $1 + cardinality(${$locks}) * ${$forgiven}) AS forgotten) AS next)
        WHERE known.locked_until IS NULL OR known.locked_until <= $1
        RETURNING kind, ${failures('forgotten_at', $forgiven)} AS failures, locked_until AS "lockedUntil")`;
    });
    const counted = countings.map((_, index) => `SELECT * FROM step_${index}`);
    return this.transactions.query<Counted>(`WITH ${steps.join(', ')} ${counted.join(' UNION ALL ')}`, parameters);
  }

  /** Clears budgets, or gives a try back, and lifts their locks. */
  async settle(settlings: readonly Settling[], now: Date): Promise<void> {
    await this.transactions.query(`WITH ${settling('$1', '$2', '$3')} SELECT`, [now, ...settlingParameters(settlings)]);
  }

  /** Deletes at most so many rows that count for nothing any more, passing over those in use; answers how many. */
  async deleteForgotten(now: Date, atMost: number): Promise<number> {
    const [deleted] = await this.transactions.query<{ count: number }>(
      `WITH forgotten AS (
         SELECT subject FROM attempts WHERE forgotten_at <= $1 AND coalesce(locked_until <= $1, true)
         ORDER BY forgotten_at LIMIT $2 FOR UPDATE SKIP LOCKED),
       deleted AS (DELETE FROM attempts USING forgotten WHERE attempts.subject = forgotten.subject RETURNING 1)
       SELECT count(*)::int AS count FROM deleted`,
      [now, atMost],
    );
    return deleted?.count ?? 0;
  }
}

/**
 * The clauses of a WITH that settle attempts, so that a sign-in can do it in the statement that begins its session. They
 * lock the rows in the order given, as counting does. `$subjects` and `$givenBack` are {@link settlingParameters};
 * `after` names a clause without whose rows nothing is settled.
 */
export function settling($now: string, $subjects: string, $givenBack: string, after?: string): string {
  return `settled AS (
      SELECT subject, give_back FROM unnest(${$subjects}::bytea[], ${$givenBack}::interval[]) WITH ORDINALITY AS wanted (subject, give_back, place)
      JOIN attempts USING (subject) ${after === undefined ? '' : `WHERE EXISTS (SELECT FROM ${after})`}
      ORDER BY place FOR UPDATE OF attempts),
    attempts_settled AS (
      UPDATE attempts SET forgotten_at = coalesce(forgotten_at - settled.give_back, ${$now}), locked_until = NULL
      FROM settled WHERE attempts.subject = settled.subject)`;
}

export function settlingParameters(settlings: readonly Settling[]): [Buffer[], (string | null)[]] {
  return [settlings.map(({ subject }) => subject), settlings.map(({ giveBackMs }) => interval(giveBackMs))];
}

/**
 * Failures not yet forgiven. One that is forgiven in part still counts, but for a twentieth: two processes whose clocks
 * are a little apart would else see one too many.
 */
function failures(forgottenAt: string, forgiven: string): string {
  return `ceil(extract(epoch FROM ${forgottenAt} - $1) / extract(epoch FROM ${forgiven}) - 0.05)::int`;
}

function interval(milliseconds: number | null): string | null {
  return milliseconds === null ? null : `${milliseconds} milliseconds`;
}
