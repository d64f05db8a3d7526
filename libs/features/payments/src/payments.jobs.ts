import { System } from '@gatehouse/access';
import { type Job, JobConsumer } from '@gatehouse/platform/jobs';
import { Injectable } from '@nestjs/common';
import { PaymentsService } from './payments.service.js';
import { Reconciliation } from './reconciliation.js';

declare global {
  interface GatehouseJobs {
    'payments.refund': { paymentId: string };
    'payments.reconcile': Record<string, never>;
    'payments.forget-events': Record<string, never>;
  }
}

const batch = 50;

@Injectable()
export class PaymentsJobs {
  constructor(
    private readonly payments: PaymentsService,
    private readonly reconciliation: Reconciliation,
  ) {}

  /** Gives money back: what came for an order that was cancelled, and what the provider wasn't there for. */
  @JobConsumer('payments.refund', { attempts: 20 })
  @System()
  refund({ paymentId }: GatehouseJobs['payments.refund']): Promise<void> {
    return this.payments.giveBack(paymentId);
  }

  /** Asks about payments whose webhook never came. */
  @JobConsumer('payments.reconcile', { every: '5m', timeout: '10m', attempts: 1 })
  @System()
  async reconcile(_data: Record<string, never>, { signal }: Job): Promise<void> {
    while ((await this.reconciliation.reconcile(batch)) === batch) signal.throwIfAborted();
  }

  @JobConsumer('payments.forget-events', { every: '1d' })
  @System()
  forgetEvents(): Promise<void> {
    return this.reconciliation.forgetEvents();
  }
}
