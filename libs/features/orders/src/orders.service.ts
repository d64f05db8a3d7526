import type { Principal } from '@gatehouse/access';
import { Stock, type Taken } from '@gatehouse/features/products';
import { Clock } from '@gatehouse/platform/clock';
import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { Transactions } from '@gatehouse/platform/database';
import { DomainEvents } from '@gatehouse/platform/events';
import { offsetOf, Page, Problem } from '@gatehouse/platform/http';
import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { ListOrdersQuery, PlaceOrderDto } from './dto/order-requests.dto.js';
import { OrderEntity } from './order.entity.js';
import { OrderLineEntity } from './order-line.entity.js';
import { OrderCancelled, OrderFulfilled, OrderPaid, OrderPlaced, OrderRefunded } from './orders.events.js';
import { OrdersRepository } from './orders.repository.js';

@Injectable()
export class OrdersService {
  constructor(
    private readonly repository: OrdersRepository,
    private readonly stock: Stock,
    private readonly events: DomainEvents,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  /**
   * Places an order at the catalogue's prices and takes its pieces from the stock, all or nothing.
   * @throws Problem OUT_OF_STOCK, or VALIDATION_FAILED for products that aren't there or differ in currency.
   */
  place(userId: string, { items }: PlaceOrderDto): Promise<OrderEntity> {
    return this.transactions.run(async () => {
      const id = uuidv7();
      const taken = await this.stock.take(items, id);
      const order = this.orderOf(id, userId, taken);
      await this.repository.insert(order);
      await this.events.publish(new OrderPlaced(order.id, userId));
      return order;
    });
  }

  /** The caller's own orders; everybody's for those who may read them. */
  async list(principal: Principal, query: ListOrdersQuery): Promise<Page<OrderEntity>> {
    const userId = principal.can('read:order') ? undefined : principal.id;
    const { status, limit } = query;
    const [orders, total] = await this.repository.list({ userId, status, offset: offsetOf(query), limit });
    return new Page(orders, total, query);
  }

  /**
   * The order with its lines.
   * @throws Problem NOT_FOUND
   */
  async get(id: string): Promise<OrderEntity> {
    const order = await this.repository.load(id);
    if (order === undefined) throw new Problem('NOT_FOUND');
    return order;
  }

  /**
   * Cancels an unpaid order and gives its pieces back, once.
   * @throws Problem ORDER_STATE when it isn't pending any more.
   */
  async cancel(order: OrderEntity): Promise<OrderEntity> {
    if (!(await this.giveUp(order))) {
      throw new Problem('ORDER_STATE', { detail: 'Only a pending order can be cancelled' });
    }
    return Object.assign(order, { status: 'cancelled' as const });
  }

  /**
   * Cancels orders that have waited longer than ORDER_PAYMENT_WINDOW to be paid, the oldest first.
   * @returns how many there were, up to `most`.
   */
  async expireUnpaid(most = 100): Promise<number> {
    const until = new Date(this.clock.milliseconds() - this.configuration.ORDER_PAYMENT_WINDOW);
    const unpaid = await this.repository.unpaidSince(until, most);
    // Each in a transaction of its own: one that is paid or cancelled at this moment keeps none of the others.
    for (const order of unpaid) await this.giveUp(order);
    return unpaid.length;
  }

  /**
   * Says that the pieces are on their way.
   * @throws Problem ORDER_STATE unless it is paid and stays so, NOT_FOUND
   */
  fulfil(id: string): Promise<OrderEntity> {
    return this.transactions.run(async () => {
      const moved = await this.repository.move(id, 'fulfilled', this.clock.now());
      const order = await this.get(id);
      if (moved === undefined) throw new Problem('ORDER_STATE', { detail: 'Only a paid order can be fulfilled' });
      await this.events.publish(new OrderFulfilled(id, moved.userId));
      return order;
    });
  }

  /** Whether the order waits to be paid; until the open transaction ends it stays so. */
  awaitsPayment(id: string): Promise<boolean> {
    return this.repository.holdPending(id);
  }

  /**
   * The order's money has come; for whoever takes payments, in their transaction.
   * @returns whether the order was waiting for it.
   */
  async settle(id: string): Promise<boolean> {
    const moved = await this.repository.move(id, 'paid', this.clock.now());
    if (moved === undefined) return false;
    await this.events.publish(new OrderPaid(id, moved.userId));
    return true;
  }

  /** A refund is begun; answers whether there is something to refund and nobody has begun before. */
  requestRefund(id: string): Promise<boolean> {
    return this.repository.requestRefund(id, this.clock.now());
  }

  /** The refund that was begun comes to nothing. */
  dropRefundRequest(id: string): Promise<void> {
    return this.repository.dropRefundRequest(id, this.clock.now());
  }

  /** The order's money has gone back, and what wasn't shipped goes back into the stock. */
  async refunded(id: string): Promise<void> {
    const moved = await this.repository.move(id, 'refunded', this.clock.now());
    if (moved === undefined) return;
    if (moved.from !== 'fulfilled') await this.stock.giveBack((await this.get(id)).lines, id);
    await this.events.publish(new OrderRefunded(id, moved.userId));
  }

  /** Whether the user has an order of the product that wasn't cancelled. */
  hasBought(userId: string, productId: string): Promise<boolean> {
    return this.repository.hasOrdered(userId, productId);
  }

  private giveUp(order: OrderEntity): Promise<boolean> {
    return this.transactions.run(async () => {
      const moved = await this.repository.move(order.id, 'cancelled', this.clock.now());
      if (moved === undefined) return false;
      await this.stock.giveBack(order.lines, order.id);
      await this.events.publish(new OrderCancelled(order.id, order.userId));
      return true;
    });
  }

  private orderOf(id: string, userId: string, taken: readonly Taken[]): OrderEntity {
    const now = this.clock.now();
    const currencies = [...new Set(taken.map(({ currency }) => currency))];
    const [currency] = currencies;
    if (currency === undefined || currencies.length > 1) {
      throw new Problem('VALIDATION_FAILED', { errors: [{ field: 'items', message: 'must all be in one currency' }] });
    }
    const lines = taken.map(({ productId, name, unitAmount, quantity }, position) =>
      Object.assign(new OrderLineEntity(), { orderId: id, position, productId, name, unitAmount, quantity }),
    );
    const totalAmount = taken.reduce((sum, { unitAmount, quantity }) => sum + unitAmount * quantity, 0);
    return Object.assign(new OrderEntity(), {
      id,
      userId,
      status: 'pending' as const,
      totalAmount,
      currency,
      refundRequestedAt: null,
      createdAt: now,
      updatedAt: now,
      lines,
    });
  }
}
