import type { Principal } from '@gatehouse/access';
import { Stock, type Taken } from '@gatehouse/features/products';
import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { DomainEvents } from '@gatehouse/platform/events';
import { offsetOf, Page, Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { ListOrdersQuery, PlaceOrderDto } from './dto/order-requests.dto.js';
import { OrderEntity } from './order.entity.js';
import { OrderLineEntity } from './order-line.entity.js';
import { OrderCancelled, OrderPlaced } from './orders.events.js';
import { OrdersRepository } from './orders.repository.js';

@Injectable()
export class OrdersService {
  constructor(
    private readonly repository: OrdersRepository,
    private readonly stock: Stock,
    private readonly events: DomainEvents,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /**
   * Places an order at the catalogue's prices and takes its pieces from the stock, all or nothing.
   * @throws Problem OUT_OF_STOCK, or VALIDATION_FAILED for products that aren't there or differ in currency.
   */
  place(userId: string, { items }: PlaceOrderDto): Promise<OrderEntity> {
    return this.transactions.run(async () => {
      const taken = await this.stock.take(items);
      const order = this.orderOf(userId, taken);
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
   * Cancels an unpaid order and gives its pieces back, once.
   * @throws Problem ORDER_STATE when it isn't pending any more.
   */
  cancel(order: OrderEntity): Promise<OrderEntity> {
    return this.transactions.run(async () => {
      if (!(await this.repository.move(order.id, 'cancelled', this.clock.now()))) {
        throw new Problem('ORDER_STATE', { detail: 'Only a pending order can be cancelled' });
      }
      await this.stock.giveBack(order.lines);
      await this.events.publish(new OrderCancelled(order.id, order.userId));
      return Object.assign(order, { status: 'cancelled' as const });
    });
  }

  /** Whether the user has an order of the product that wasn't cancelled. */
  hasBought(userId: string, productId: string): Promise<boolean> {
    return this.repository.hasOrdered(userId, productId);
  }

  private orderOf(userId: string, taken: readonly Taken[]): OrderEntity {
    const now = this.clock.now();
    const id = uuidv7();
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
      createdAt: now,
      updatedAt: now,
      lines,
    });
  }
}
