import { OrdersService } from '@gatehouse/features/orders';
import { Clock } from '@gatehouse/platform/clock';
import { Problem } from '@gatehouse/platform/http';
import { PaymentProvider } from '@gatehouse/platform/payments';
import { Injectable, Logger } from '@nestjs/common';
import type { PaymentEntity } from './payment.entity.js';
import { PaymentLedger } from './payment-ledger.js';
import { PaymentsRepository } from './payments.repository.js';
import { PaymentsService } from './payments.service.js';

const quietMs = 10 * 60_000;
/** An attempt that the provider's answer never came to: nobody has what it takes to pay it. */
const abandonedMs = 24 * 3_600_000;
/** Far longer than a provider goes on telling (Stripe: three days). */
const eventsKeptMs = 90 * 24 * 3_600_000;

/** Asks the provider about payments whose webhook never came, and finishes refunds that it wasn't there for. */
@Injectable()
export class Reconciliation {
  private readonly logger = new Logger(Reconciliation.name);

  constructor(
    private readonly repository: PaymentsRepository,
    private readonly payments: PaymentsService,
    private readonly ledger: PaymentLedger,
    private readonly orders: OrdersService,
    private readonly provider: PaymentProvider,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes up payments that nothing was heard of for ten minutes; any number of processes may do this at once.
   * @returns how many it took up, up to `most`.
   */
  async reconcile(most = 50): Promise<number> {
    const now = this.clock.milliseconds();
    const ids = await this.repository.claimUnsettled(this.provider.name, new Date(now - quietMs), new Date(now), most);
    for (const id of ids) {
      try {
        const payment = await this.repository.byId(id);
        if (payment !== null) await this.settle(payment);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        this.logger.warn(`payment ${id} stays as it is for now: ${error.code}`);
        if (error.code === 'PAYMENT_PROVIDER_UNAVAILABLE') break;
      }
    }
    return ids.length;
  }

  /** Forgets at most so many events that the provider doesn't tell again; answers how many. */
  forgetEvents(atMost: number): Promise<number> {
    return this.repository.forgetEvents(new Date(this.clock.milliseconds() - eventsKeptMs), atMost);
  }

  private async settle(payment: PaymentEntity): Promise<void> {
    const { id, orderId, status, providerRef, createdAt } = payment;
    if (status === 'refunding') return this.payments.giveBack(id);
    if (status !== 'created' && status !== 'open') return;
    const { status: orderStatus } = await this.orders.get(orderId);
    if (orderStatus !== 'pending') return this.payments.release(orderId);
    if (providerRef !== null) return this.payments.take(payment, await this.provider.look(providerRef));
    if (createdAt.getTime() + abandonedMs <= this.clock.milliseconds()) {
      await this.ledger.cancelled(payment, { reason: 'abandoned' });
    }
  }
}
