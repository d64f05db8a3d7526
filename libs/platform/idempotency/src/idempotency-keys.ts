import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';

/** Twice the day that a client may count on. */
const keptMs = 48 * 3_600_000;

/** The answers that are kept under their requests' keys. */
@Injectable()
export class IdempotencyKeys {
  constructor(
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /** Forgets what is older than two days. */
  async forget(): Promise<void> {
    const before = new Date(this.clock.milliseconds() - keptMs);
    await this.transactions.query('DELETE FROM idempotency_keys WHERE created_at < $1', [before]);
  }
}
