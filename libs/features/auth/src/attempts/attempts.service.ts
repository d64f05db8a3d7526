import { createHmac } from 'node:crypto';
import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { KeyRing } from '@gatehouse/platform/secrets';
import { Injectable, Logger } from '@nestjs/common';
import { AttemptsRepository, type Counted, type Counting, type Settling } from './attempts.repository.js';
import { type Budget, lockSchedule } from './budget.js';

/** A try that counts against the budget of this subject: an account's name or id, or an address. */
export interface Attempt {
  readonly budget: Budget;
  readonly subject: string;
}

/** A lock that begins with this try unless it turns out right. */
export interface Lock {
  readonly kind: string;
  readonly until: Date;
  /** The first of a row of locks; those that follow it while nothing was forgiven are not. */
  readonly first: boolean;
}

export interface Reservation {
  /** Whether the secret may be looked at. Where it may not, a right one gets the answer of a wrong one. */
  readonly allowed: boolean;
  readonly locks: readonly Lock[];
}

const purgeEveryMs = 60_000;

/**
 * Budgets of failed attempts, kept in PostgreSQL so that no outage of Redis resets them. A try is counted before its
 * secret is looked at: however many come at once, no more are looked at than the budget allows.
 */
@Injectable()
export class Attempts {
  private readonly logger = new Logger(Attempts.name);
  /** The ring's current key: a new one in front of it begins all budgets anew, once. */
  private readonly key: Buffer;
  private purgedAt = 0;

  constructor(
    private readonly repository: AttemptsRepository,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    keyRing: KeyRing,
  ) {
    const [key] = keyRing.derive('attempt subjects');
    if (key === undefined) throw new Error('the key ring is empty');
    this.key = key;
  }

  /**
   * Counts a try against each budget, in one statement, and says whether it may go on. The widest
   * counts first; one that is locked isn't counted, nor are those after it, so that knocking prolongs no lock.
   * Outside any transaction: a try stays counted whatever is rolled back after it.
   */
  async reserve(...attempts: readonly Attempt[]): Promise<Reservation> {
    if (this.transactions.manager.queryRunner?.isTransactionActive === true) {
      throw new Error('an attempt is counted before a transaction begins, not inside one');
    }
    const now = this.clock.now();
    const counted = await this.repository.count(
      inOrder(attempts).map((attempt) => this.counting(attempt)),
      now,
    );
    this.purgeNowAndThen(now);
    return { allowed: counted.length === attempts.length, locks: counted.flatMap((one) => lockOf(one, attempts)) };
  }

  /** Says that the reserved try was right: clears each budget, or gives the one try back, as its kind has it. */
  clear(...attempts: readonly Attempt[]): Promise<void> {
    return this.repository.settle(this.settlings(attempts), this.clock.now());
  }

  /** The same for a statement of somebody else's; see {@link settling}. */
  settlings(attempts: readonly Attempt[]): Settling[] {
    return inOrder(attempts).map(({ budget, subject }) => ({
      subject: this.digest(budget, subject),
      giveBackMs: budget.success === 'clears' ? null : budget.forgivenEveryMs,
    }));
  }

  /** Deletes what is forgotten, a batch at a time. */
  async purge(): Promise<void> {
    while ((await this.repository.deleteForgotten(this.clock.now(), 1_000)) === 1_000);
  }

  private counting({ budget, subject }: Attempt): Counting {
    const { kind, forgivenEveryMs } = budget;
    return { subject: this.digest(budget, subject), kind, forgivenEveryMs, locksMs: lockSchedule(budget) };
  }

  private digest({ kind }: Budget, subject: string): Buffer {
    return createHmac('sha256', this.key)
      .update(JSON.stringify([kind, subject]))
      .digest();
  }

  private purgeNowAndThen(now: Date): void {
    if (now.getTime() - this.purgedAt < purgeEveryMs) return;
    this.purgedAt = now.getTime();
    this.purge().catch((error: unknown) => this.logger.warn(error));
  }
}

/** The widest first: whoever is shut out by address uses up no account's budget, and no two tries wait for each other. */
function inOrder(attempts: readonly Attempt[]): Attempt[] {
  const place = ({ budget, subject }: Attempt) => `${budget.kind} ${subject}`;
  return attempts.toSorted((one, other) => other.budget.free - one.budget.free || (place(one) < place(other) ? -1 : 1));
}

function lockOf({ kind, failures, lockedUntil }: Counted, attempts: readonly Attempt[]): Lock[] {
  if (lockedUntil === null) return [];
  const budget = attempts.find((attempt) => attempt.budget.kind === kind)?.budget;
  return [{ kind, until: lockedUntil, first: failures === budget?.free }];
}
