import { System } from '@gatehouse/access';
import { OrderCancelled } from '@gatehouse/features/orders';
import { DomainEvents } from '@gatehouse/platform/events';
import { inBatches, type Job, JobConsumer } from '@gatehouse/platform/jobs';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { PaymentsService } from './payments.service.js';
import { Reconciliation } from './reconciliation.js';

declare global {
  interface GatehouseJobs {
    'payments.refund': { paymentId: string };
    'payments.release': { orderId: string };
    'payments.reconcile': Record<string, never>;
    'payments.forget-events': Record<string, never>;
  }
}

const batch = 50;

@Injectable()
export class PaymentsJobs implements OnModuleInit {
  constructor(
    private readonly events: DomainEvents,
    private readonly payments: PaymentsService,
    private readonly reconciliation: Reconciliation,
  ) {}

  onModuleInit(): void {
    this.events.starts(OrderCancelled, 'payments.release', ({ orderId }) => ({ orderId }));
  }

  /** Gives money back: what came for an order that was cancelled, and what the provider wasn't there for. */
  @JobConsumer('payments.refund', { attempts: 20 })
  @System()
  refund({ paymentId }: GatehouseJobs['payments.refund']): Promise<void> {
    return this.payments.giveBack(paymentId);
  }

  /** Ends what somebody could still pay of an order that was cancelled. */
  @JobConsumer('payments.release')
  @System()
  release({ orderId }: GatehouseJobs['payments.release']): Promise<void> {
    return this.payments.release(orderId);
  }

  /** Asks about payments whose webhook never came. */
  @JobConsumer('payments.reconcile', { every: '5m', timeout: '10m', attempts: 1 })
  @System()
  async reconcile(_data: Record<string, never>, { signal }: Job): Promise<void> {
    while ((await this.reconciliation.reconcile(batch)) === batch) signal.throwIfAborted();
  }

  @JobConsumer('payments.forget-events', { every: '1d', timeout: '10m' })
  @System()
  async forgetEvents(_data: Record<string, never>, job: Job): Promise<void> {
    await inBatches(job, (atMost) => this.reconciliation.forgetEvents(atMost));
  }
}
