import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { isIdentifier } from '@gatehouse/platform/http';
import { type HeaderFields, type PaymentEvent, PaymentProvider } from '@gatehouse/platform/payments';
import { Injectable } from '@nestjs/common';
import type { PaymentEntity } from './payment.entity.js';
import { PaymentLedger, type Told } from './payment-ledger.js';
import { PaymentsRepository } from './payments.repository.js';

/**
 * What the provider tells by itself. An event and its effect are one transaction, so that an answer of 2xx says that
 * both are kept, and a repetition finds its event and does nothing.
 */
@Injectable()
export class WebhookService {
  constructor(
    private readonly repository: PaymentsRepository,
    private readonly ledger: PaymentLedger,
    private readonly provider: PaymentProvider,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem WEBHOOK_NOT_AUTHENTIC */
  async receive(body: Buffer, headers: HeaderFields): Promise<void> {
    const event = this.provider.event(body, headers);
    await this.transactions.run(async () => {
      if (!(await this.repository.receive(this.provider.name, event.id, event.type, this.clock.now()))) return;
      const payment = event.kind === 'other' ? null : await this.paymentOf(event);
      // An account may have payments that aren't ours.
      if (payment !== null) await this.apply(payment, event);
    });
  }

  /** By the provider's name, or by ours where its answer, which tells its name, is still on the way. */
  private async paymentOf({ ref, paymentId }: PaymentEvent): Promise<PaymentEntity | null> {
    if (ref === undefined) return null;
    const known = await this.repository.byRef(this.provider.name, ref);
    if (known !== null || !isIdentifier(paymentId)) return known;
    const named = await this.repository.byId(paymentId);
    return named?.provider === this.provider.name && named.providerRef === null ? named : null;
  }

  private apply(payment: PaymentEntity, event: PaymentEvent): Promise<void> {
    const { kind, id: eventId, ref, amount, currency, refundRef, reason } = event;
    const told: Told = { eventId, amount, currency, refundRef, reason, ...(ref === undefined ? {} : { ref }) };
    switch (kind) {
      case 'succeeded':
        return this.ledger.succeeded(payment, told);
      case 'failed':
        return this.ledger.failed(payment, told);
      case 'cancelled':
        return this.ledger.cancelled(payment, told);
      case 'refunded':
        // Of a refund of ours that is under way its own events tell: that it was begun is not that it is done.
        if (payment.status === 'refunding' && refundRef === undefined) return Promise.resolve();
        return this.ledger.refunded(payment, told);
      case 'refund-failed':
        return this.ledger.refundFailed(payment, told, payment.refundRef === refundRef);
      case 'other':
        return Promise.resolve();
    }
  }
}
