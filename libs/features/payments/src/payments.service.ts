import { type OrderEntity, OrdersService } from '@gatehouse/features/orders';
import { Clock } from '@gatehouse/platform/clock';
import { Problem } from '@gatehouse/platform/http';
import { PaymentProvider, type ProviderPayment } from '@gatehouse/platform/payments';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { PaymentEntity } from './payment.entity.js';
import { notPayable, PaymentLedger } from './payment-ledger.js';
import { PaymentsRepository } from './payments.repository.js';

/** An order and the payment that was asked about. */
export interface OrderPayment {
  readonly order: OrderEntity;
  readonly payment: PaymentEntity;
  /** What whoever pays must be told. */
  readonly notice: string | undefined;
  readonly clientSecret: string | undefined;
}

/** A live attempt may end while it is taken up; that it does so again and again would be a fault. */
const mostRounds = 3;

/** Paying and giving back. No transaction is open while the provider is asked: what is begun is kept before, and what came of it after. */
@Injectable()
export class PaymentsService {
  constructor(
    private readonly repository: PaymentsRepository,
    private readonly ledger: PaymentLedger,
    private readonly orders: OrdersService,
    private readonly provider: PaymentProvider,
    private readonly clock: Clock,
  ) {}

  /**
   * Begins to pay the order, or goes on where it was begun before: it has one live payment, however often it is asked for.
   * @throws Problem ORDER_STATE unless it waits to be paid, PAYMENT_PROVIDER_FAILED, PAYMENT_PROVIDER_UNAVAILABLE
   */
  async pay(order: OrderEntity): Promise<OrderPayment> {
    if (order.status !== 'pending') throw notPayable();
    for (let round = 0; round < mostRounds; round += 1) {
      const payment = await this.ledger.begin(this.attemptAt(order));
      if (payment === undefined) continue;
      if (payment.provider !== this.provider.name) {
        await this.ledger.cancelled(payment, { reason: 'provider-changed' });
        continue;
      }
      const found = await this.found(payment);
      await this.take(payment, found);
      if (found.state !== 'cancelled') return this.begun(payment, found);
    }
    throw new Problem('PAYMENT_PROVIDER_UNAVAILABLE', { headers: { 'retry-after': '1' } });
  }

  /**
   * Gives the order's money back, or goes on where that was begun before.
   * @throws Problem ORDER_STATE unless it is paid or fulfilled, PAYMENT_PROVIDER_FAILED, PAYMENT_PROVIDER_UNAVAILABLE,
   * after which it goes on by itself
   */
  async refund(orderId: string): Promise<OrderPayment> {
    await this.orders.get(orderId);
    const payment = (await this.ledger.beginRefund(orderId)) ?? (await this.repository.settling(orderId));
    if (payment?.status !== 'refunding') {
      throw new Problem('ORDER_STATE', { detail: 'Only a paid or fulfilled order can be refunded' });
    }
    await this.carryOut(payment);
    return this.standing(payment);
  }

  /** Gives a payment back whose refund is begun; does nothing where it is done. */
  async giveBack(paymentId: string): Promise<void> {
    const payment = await this.repository.byId(paymentId);
    if (payment?.status === 'refunding') await this.carryOut(payment);
  }

  /** Ends what is open for an order that was cancelled; a buyer who was faster gets the money back. */
  async release(orderId: string): Promise<void> {
    const payment = await this.repository.live(orderId);
    if (payment === null || payment.provider !== this.provider.name) return;
    if (payment.providerRef === null) return this.ledger.cancelled(payment, { reason: 'order-cancelled' });
    await this.take(payment, await this.provider.cancel(payment.providerRef));
  }

  /** Keeps what the provider says of a payment. */
  async take(payment: PaymentEntity, found: ProviderPayment): Promise<void> {
    const { state, ref, amount, currency } = found;
    if (state === 'succeeded') await this.ledger.succeeded(payment, { ref, amount, currency });
    else if (state === 'cancelled') await this.ledger.cancelled(payment, { ref });
    else if (payment.status === 'created') await this.ledger.opened(payment, { ref });
  }

  private async found(payment: PaymentEntity): Promise<ProviderPayment> {
    const { id: paymentId, orderId, amount, currency, providerRef } = payment;
    if (amount === 0)
      return { ref: `free-${paymentId}`, state: 'succeeded', amount, currency, clientSecret: undefined };
    if (providerRef !== null) return this.provider.look(providerRef);
    try {
      return await this.provider.open({ paymentId, orderId, amount, currency });
    } catch (error) {
      // A refusal would be repeated under the same name; the next try gets one of its own.
      if (isRefusal(error)) await this.ledger.cancelled(payment, { reason: 'refused' }, 'refused');
      throw error;
    }
  }

  private async carryOut(payment: PaymentEntity): Promise<void> {
    const { id, providerRef: ref, refundAttempts, refundRef, amount, currency, provider } = payment;
    if (amount === 0) return this.ledger.refunded(payment, { amount, currency });
    if (provider !== this.provider.name || ref === null) {
      throw new Problem('PAYMENT_PROVIDER_FAILED', {
        detail: `The payment was taken by another provider: ${provider}`,
      });
    }
    const key = `refund-${id}-${refundAttempts}`;
    const refund = await this.provider
      .refund({ ref, key, refundRef: refundRef ?? undefined })
      .catch(async (error: unknown) => {
        if (isRefusal(error)) await this.ledger.refundFailed(payment, { reason: 'refused' });
        throw error;
      });
    if (refund.state === 'done') return this.ledger.refunded(payment, { amount, currency, refundRef: refund.ref });
    if (refund.state === 'pending') return this.repository.noteRefund(id, refund.ref);
    await this.ledger.refundFailed(payment, { reason: 'failed' });
    throw new Problem('PAYMENT_PROVIDER_FAILED', { detail: 'The payment provider could not give the money back' });
  }

  /** What can be paid is told only while the order waits for it: it may have been cancelled meanwhile. */
  private async begun(payment: PaymentEntity, { state, clientSecret }: ProviderPayment): Promise<OrderPayment> {
    const standing = await this.standing(payment);
    if (state === 'open' && standing.order.status !== 'pending') throw notPayable();
    if (state === 'succeeded' && !standing.payment.settles) throw notPayable();
    return { ...standing, clientSecret };
  }

  private async standing({ id, orderId }: PaymentEntity): Promise<OrderPayment> {
    const payment = await this.repository.byId(id);
    if (payment === null) throw new Problem('NOT_FOUND');
    return { order: await this.orders.get(orderId), payment, notice: this.provider.notice, clientSecret: undefined };
  }

  private attemptAt({ id: orderId, totalAmount: amount, currency }: OrderEntity): PaymentEntity {
    const now = this.clock.now();
    return Object.assign(new PaymentEntity(), {
      id: uuidv7(),
      orderId,
      provider: this.provider.name,
      providerRef: null,
      status: 'created' as const,
      amount,
      currency,
      settles: false,
      refundRef: null,
      refundAttempts: 0,
      createdAt: now,
      updatedAt: now,
      checkedAt: now,
    });
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Problem && error.code === 'PAYMENT_PROVIDER_FAILED';
}
