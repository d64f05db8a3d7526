import { System } from '@gatehouse/access';
import { IdempotencyKeys } from '@gatehouse/platform/idempotency';
import { type Job, JobConsumer } from '@gatehouse/platform/jobs';
import { Injectable } from '@nestjs/common';
import { type OrderMail, OrderMails } from './orders.mails.js';
import { OrdersService } from './orders.service.js';

declare global {
  interface GatehouseJobs {
    'orders.expire': Record<string, never>;
    'orders.mail': { mail: OrderMail; orderId: string };
    'orders.forget-keys': Record<string, never>;
  }
}

const batch = 100;

@Injectable()
export class OrdersJobs {
  constructor(
    private readonly orders: OrdersService,
    private readonly mails: OrderMails,
    private readonly keys: IdempotencyKeys,
  ) {}

  /** Cancels what nobody has paid in time. */
  @JobConsumer('orders.expire', { every: '1m' })
  @System()
  async expire(_data: Record<string, never>, { signal }: Job): Promise<void> {
    while ((await this.orders.expireUnpaid(batch)) === batch) signal.throwIfAborted();
  }

  /** Tells the buyer. A process that dies just after it has told is told again by another: a mail too many, none too few. */
  @JobConsumer('orders.mail')
  @System()
  mail({ mail, orderId }: GatehouseJobs['orders.mail']): Promise<void> {
    return this.mails.send(mail, orderId);
  }

  /** Forgets answers that are kept for repetitions of their requests, long after anybody repeats one. */
  @JobConsumer('orders.forget-keys', { every: '1h' })
  @System()
  forgetKeys(): Promise<void> {
    return this.keys.forget();
  }
}
