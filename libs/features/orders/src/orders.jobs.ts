import { System } from '@gatehouse/access';
import { DomainEvents } from '@gatehouse/platform/events';
import { type Job, JobConsumer } from '@gatehouse/platform/jobs';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OrderFulfilled, OrderPaid, OrderPlaced, OrderRefunded } from './orders.events.js';
import { type OrderMail, OrderMails } from './orders.mails.js';
import { OrdersService } from './orders.service.js';

declare global {
  interface GatehouseJobs {
    'orders.expire': Record<string, never>;
    'orders.mail': { mail: OrderMail; orderId: string };
  }
}

const batch = 100;

@Injectable()
export class OrdersJobs implements OnModuleInit {
  constructor(
    private readonly events: DomainEvents,
    private readonly orders: OrdersService,
    private readonly mails: OrderMails,
  ) {}

  onModuleInit(): void {
    this.events.starts(OrderPlaced, 'orders.mail', ({ orderId }) => ({ mail: 'placed', orderId }));
    this.events.starts(OrderPaid, 'orders.mail', ({ orderId }) => ({ mail: 'paid', orderId }));
    this.events.starts(OrderFulfilled, 'orders.mail', ({ orderId }) => ({ mail: 'shipped', orderId }));
    this.events.starts(OrderRefunded, 'orders.mail', ({ orderId }) => ({ mail: 'refunded', orderId }));
  }

  /** Cancels what nobody has paid in time. */
  @JobConsumer('orders.expire', { every: '1m' })
  @System()
  async expire(_data: Record<string, never>, { signal }: Job): Promise<void> {
    while ((await this.orders.expireUnpaid(batch)) === batch) signal.throwIfAborted();
  }

  /** Tells the buyer. A process that dies just after it has told is told again by another: a mail too many, none too few. */
  @JobConsumer('orders.mail')
  @System()
  mail({ mail, orderId }: GatehouseJobs['orders.mail'], { id }: Job): Promise<void> {
    return this.mails.send(mail, orderId, id);
  }
}
