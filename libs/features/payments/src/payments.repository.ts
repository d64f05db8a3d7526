import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { PaymentEntity } from './payment.entity.js';
import { PaymentEntryEntity } from './payment-entry.entity.js';
import { type PaymentStatus, paymentStatusesBefore } from './payment-status.js';

/** What else a move writes, by column; `undefined` leaves it as it is. */
interface Changes {
  readonly providerRef?: string;
  readonly refundRef?: string;
}

@Injectable()
export class PaymentsRepository {
  constructor(private readonly transactions: Transactions) {}

  private get payments() {
    return this.transactions.repository(PaymentEntity);
  }

  byId(id: string): Promise<PaymentEntity | null> {
    return this.payments.findOneBy({ id });
  }

  byRef(provider: string, providerRef: string): Promise<PaymentEntity | null> {
    return this.payments.findOneBy({ provider, providerRef });
  }

  /** The order's payment that somebody could still make. */
  live(orderId: string): Promise<PaymentEntity | null> {
    return this.payments.findOneBy({ orderId, status: In(['created', 'open']) });
  }

  /** The payment that the order was paid by. */
  settling(orderId: string): Promise<PaymentEntity | null> {
    return this.payments.findOneBy({ orderId, settles: true });
  }

  /** Begins a payment unless the order has a live one; of two at once, one waits for the other and finds it. */
  async begin(payment: PaymentEntity): Promise<boolean> {
    const { id, orderId, provider, amount, currency, createdAt } = payment;
    const rows = await this.transactions.query(
      `WITH begun AS (INSERT INTO payments (id, order_id, provider, status, amount, currency, created_at, updated_at, checked_at)
                      VALUES ($1, $2, $3, 'created', $4, $5, $6, $6, $6)
                      ON CONFLICT (order_id) WHERE status IN ('created', 'open') DO NOTHING RETURNING id)
       SELECT id FROM begun`,
      [id, orderId, provider, amount, currency, createdAt],
    );
    return rows.length === 1;
  }

  /** Moves the payment if it is in a state that leads there; of two moves at once, one finds that it isn't any more. */
  async move(id: string, target: PaymentStatus, now: Date, changes: Changes = {}): Promise<boolean> {
    const { providerRef = null, refundRef = null } = changes;
    const rows = await this.transactions.query(
      `WITH moved AS (UPDATE payments
                      SET status = $2, updated_at = $3, checked_at = $3, provider_ref = coalesce($5, provider_ref),
                          refund_ref = coalesce($6, refund_ref)
                      WHERE id = $1 AND status = ANY ($4) RETURNING id)
       SELECT id FROM moved`,
      [id, target, now, paymentStatusesBefore(target), providerRef, refundRef],
    );
    return rows.length === 1;
  }

  /** Holds the payment until the transaction ends, if it can still succeed: what pays an order is decided meanwhile. */
  async hold(id: string): Promise<boolean> {
    const rows = await this.transactions.query(
      'SELECT id FROM payments WHERE id = $1 AND status = ANY ($2) FOR UPDATE',
      [id, paymentStatusesBefore('succeeded')],
    );
    return rows.length === 1;
  }

  /** The payment's money has come: it settles its order, or is to go back. */
  async succeed(id: string, settles: boolean, providerRef: string | undefined, now: Date): Promise<void> {
    await this.transactions.query(
      `UPDATE payments
       SET status = CASE WHEN $2 THEN 'succeeded' ELSE 'refunding' END, settles = $2,
           refund_attempts = CASE WHEN $2 THEN 0 ELSE 1 END, provider_ref = coalesce($3, provider_ref), updated_at = $4,
           checked_at = $4
       WHERE id = $1 AND status = ANY ($5)`,
      [id, settles, providerRef ?? null, now, paymentStatusesBefore('succeeded')],
    );
  }

  /** Begins to refund what the order was paid by; each time is a try of its own. */
  async beginRefund(orderId: string, now: Date): Promise<string | undefined> {
    const [begun] = await this.transactions.query<{ id: string }>(
      `WITH begun AS (UPDATE payments
                      SET status = 'refunding', refund_attempts = refund_attempts + 1, refund_ref = NULL, updated_at = $2,
                          checked_at = $2
                      WHERE order_id = $1 AND settles AND status = ANY ($3) RETURNING id)
       SELECT id FROM begun`,
      [orderId, now, paymentStatusesBefore('refunding')],
    );
    return begun?.id;
  }

  /** Keeps the name of a refund that the provider hasn't finished. */
  async noteRefund(id: string, refundRef: string): Promise<void> {
    await this.payments.update({ id, status: 'refunding' }, { refundRef });
  }

  async record(entry: PaymentEntryEntity): Promise<void> {
    await this.transactions.repository(PaymentEntryEntity).insert(entry);
  }

  /** Notes an event, unless it was noted before: one that comes at the same moment waits for the first one's end. */
  async receive(provider: string, eventId: string, type: string, now: Date): Promise<boolean> {
    const rows = await this.transactions.query(
      `WITH received AS (INSERT INTO payment_events (provider, event_id, type, received_at) VALUES ($1, $2, $3, $4)
                         ON CONFLICT DO NOTHING RETURNING event_id)
       SELECT event_id FROM received`,
      [provider, eventId, type, now],
    );
    return rows.length === 1;
  }

  /** Forgets at most so many of the events that were received before; answers how many. */
  async forgetEvents(before: Date, atMost: number): Promise<number> {
    const [forgotten] = await this.transactions.query<{ count: number }>(
      `WITH old AS (SELECT provider, event_id FROM payment_events WHERE received_at < $1
                    ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED),
            forgotten AS (DELETE FROM payment_events e USING old
                          WHERE e.provider = old.provider AND e.event_id = old.event_id RETURNING 1)
       SELECT count(*)::int AS count FROM forgotten`,
      [before, atMost],
    );
    return forgotten?.count ?? 0;
  }

  /** Takes up to `most` payments that nothing was heard of since `before`; nobody else takes them until then again. */
  async claimUnsettled(provider: string, before: Date, now: Date, most: number): Promise<string[]> {
    const rows = await this.transactions.query<{ id: string }>(
      `WITH due AS (SELECT id FROM payments
                    WHERE status IN ('created', 'open', 'refunding') AND checked_at <= $2 AND provider = $1
                    ORDER BY checked_at LIMIT $4 FOR UPDATE SKIP LOCKED),
            claimed AS (UPDATE payments SET checked_at = $3 FROM due WHERE payments.id = due.id RETURNING payments.id)
       SELECT id FROM claimed ORDER BY id`,
      [provider, before, now, most],
    );
    return rows.map(({ id }) => id);
  }
}
