import { OrdersService } from '@gatehouse/features/orders';
import { SecurityEvents } from '@gatehouse/platform/audit';
import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { Problem } from '@gatehouse/platform/http';
import { Jobs } from '@gatehouse/platform/jobs';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { PaymentEntity } from './payment.entity.js';
import { PaymentEntryEntity, type PaymentEntryKind } from './payment-entry.entity.js';
import { PaymentsRepository } from './payments.repository.js';

declare global {
  interface GatehouseSecurityEvents {
    'payment.mismatched': true;
    'payment.refund-failed': true;
  }
}

/** The refusal to take a payment for an order that waits for none. */
export function notPayable(): Problem {
  return new Problem('ORDER_STATE', { detail: 'Only a pending order can be paid' });
}

/** Longer than a call to the provider may take. */
const refundAgainMs = 30_000;

/** What is told of a payment, by its answer, its webhook or the reconciliation. */
export interface Told {
  readonly ref?: string;
  readonly amount?: number | undefined;
  readonly currency?: string | undefined;
  readonly refundRef?: string | undefined;
  readonly eventId?: string;
  readonly reason?: string | undefined;
}

/**
 * What becomes of a payment and its order when something is told of it, whoever tells it, however often and in whatever
 * order. Each has its effect in one transaction, which locks the payment, then the order, then the stock.
 */
@Injectable()
export class PaymentLedger {
  constructor(
    private readonly repository: PaymentsRepository,
    private readonly orders: OrdersService,
    private readonly transactions: Transactions,
    private readonly jobs: Jobs,
    private readonly security: SecurityEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * Begins an attempt, or answers the one that is under way; `undefined` where that has just ended.
   * @throws Problem ORDER_STATE where the order waits for no payment any more.
   */
  begin(payment: PaymentEntity): Promise<PaymentEntity | undefined> {
    return this.transactions.run(async () => {
      if (!(await this.repository.begin(payment))) return (await this.repository.live(payment.orderId)) ?? undefined;
      if (!(await this.orders.awaitsPayment(payment.orderId))) throw notPayable();
      await this.record(payment, 'requested');
      return payment;
    });
  }

  /** The provider knows of it, and waits for the buyer. */
  async opened(payment: PaymentEntity, told: Told & { readonly ref: string }): Promise<void> {
    await this.transactions.run(async () => {
      if (await this.moved(payment, 'open', told)) await this.record(payment, 'opened', told);
    });
  }

  /** The money has come. It pays the order that waits for it; else it goes back. */
  async succeeded(payment: PaymentEntity, told: Told): Promise<void> {
    await this.transactions.run(async () => {
      if (!fits(payment, told)) return this.mismatched(payment, told);
      if (!(await this.repository.hold(payment.id))) return;
      const settles = await this.orders.settle(payment.orderId);
      await this.repository.succeed(payment.id, settles, told.ref, this.clock.now());
      await this.record(payment, 'succeeded', told);
      if (settles) return;
      await this.record(payment, 'refund-requested', { reason: 'nothing-owed' });
      await this.jobs.enqueue('payments.refund', { paymentId: payment.id });
    });
  }

  /** A try failed. The payment stays open, and another may succeed: so does whatever has come of it. */
  async failed(payment: PaymentEntity, told: Told): Promise<void> {
    await this.record(payment, 'failed', told);
  }

  /** Nobody will pay it any more; `kind` says whose doing that is. */
  async cancelled(payment: PaymentEntity, told: Told, kind: 'cancelled' | 'refused' = 'cancelled'): Promise<void> {
    await this.transactions.run(async () => {
      if (await this.moved(payment, 'cancelled', told)) await this.record(payment, kind, told);
    });
  }

  /** Begins the refund of what the order was paid by; `undefined` where there is none to begin. */
  beginRefund(orderId: string): Promise<PaymentEntity | undefined> {
    return this.transactions.run(async () => {
      const id = await this.repository.beginRefund(orderId, this.clock.now());
      const payment = id === undefined ? null : await this.repository.byId(id);
      if (payment === null) return undefined;
      if (!(await this.orders.requestRefund(orderId))) throw new Problem('ORDER_STATE');
      await this.record(payment, 'refund-requested');
      // It is carried out at once; should this process not come to it, or the provider be away, the job does.
      const startAfter = new Date(this.clock.milliseconds() + refundAgainMs);
      await this.jobs.enqueue('payments.refund', { paymentId: payment.id }, { startAfter });
      return payment;
    });
  }

  /** The money has gone back, all of it. */
  async refunded(payment: PaymentEntity, told: Told): Promise<void> {
    await this.transactions.run(async () => {
      if (!fits(payment, told)) return this.mismatched(payment, told);
      if (!(await this.moved(payment, 'refunded', told))) return;
      await this.record(payment, 'refunded', told);
      const { settles } = (await this.repository.byId(payment.id)) ?? payment;
      if (settles) await this.orders.refunded(payment.orderId);
    });
  }

  /**
   * The provider won't give the money back: a person must look into it, or try again. `current` unless it is told of a
   * try that isn't the one under way.
   */
  async refundFailed(payment: PaymentEntity, told: Told, current = true): Promise<void> {
    await this.transactions.run(async () => {
      const waited = current && (await this.moved(payment, 'refund-failed', told));
      const { settles } = (await this.repository.byId(payment.id)) ?? payment;
      if (waited && settles) await this.orders.dropRefundRequest(payment.orderId);
      await this.record(payment, 'refund-failed', told);
      this.tell('payment.refund-failed', payment, told);
    });
  }

  private moved({ id }: PaymentEntity, target: PaymentEntity['status'], { ref, refundRef }: Told): Promise<boolean> {
    return this.repository.move(id, target, this.clock.now(), {
      ...(ref === undefined ? {} : { providerRef: ref }),
      ...(refundRef === undefined ? {} : { refundRef }),
    });
  }

  /** Other money than was asked for: kept in the ledger, believed by nobody. */
  private async mismatched(payment: PaymentEntity, told: Told): Promise<void> {
    // The reconciliation finds it again and again, which says nothing new.
    if (told.eventId !== undefined) await this.record(payment, 'mismatched', told);
    this.tell('payment.mismatched', payment, told);
  }

  private tell(action: 'payment.mismatched' | 'payment.refund-failed', { id }: PaymentEntity, told: Told): void {
    const { amount, currency, eventId, reason } = told;
    const subject = { resource: 'payment', id };
    this.security.record({ action, outcome: 'refused', subject, details: { amount, currency, eventId, reason } });
  }

  private record(payment: PaymentEntity, kind: PaymentEntryKind, told: Told = {}): Promise<void> {
    const entry = Object.assign(new PaymentEntryEntity(), {
      id: uuidv7(),
      paymentId: payment.id,
      kind,
      amount: told.amount ?? payment.amount,
      currency: told.currency ?? payment.currency,
      eventId: told.eventId ?? null,
      reason: told.reason?.slice(0, 100) ?? null,
      recordedAt: this.clock.now(),
    });
    return this.repository.record(entry);
  }
}

function fits(payment: PaymentEntity, { amount, currency }: Told): boolean {
  return amount === payment.amount && currency === payment.currency;
}
