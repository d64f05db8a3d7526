import { LoadsResource, type ResourceLoader } from '@gatehouse/access';
import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import { Not } from 'typeorm';
import { OrderEntity } from './order.entity.js';
import { OrderLineEntity } from './order-line.entity.js';
import { type OrderStatus, statesBefore } from './order-status.js';

export interface OrderFilter {
  /** Only this user's; everybody's where it is `undefined`. */
  readonly userId: string | undefined;
  readonly status: OrderStatus | undefined;
  readonly offset: number;
  readonly limit: number;
}

@Injectable()
@LoadsResource()
export class OrdersRepository implements ResourceLoader<OrderEntity> {
  readonly entity = OrderEntity;

  constructor(private readonly transactions: Transactions) {}

  private get orders() {
    return this.transactions.repository(OrderEntity);
  }

  async load(id: string): Promise<OrderEntity | undefined> {
    return (await this.orders.findOne({ where: { id }, relations: { lines: true } })) ?? undefined;
  }

  list({ userId, status, offset, limit }: OrderFilter): Promise<[OrderEntity[], number]> {
    return this.orders.findAndCount({
      where: { ...(userId === undefined ? {} : { userId }), ...(status === undefined ? {} : { status }) },
      relations: { lines: true },
      relationLoadStrategy: 'query',
      order: { createdAt: 'DESC', id: 'DESC' },
      skip: offset,
      take: limit,
    });
  }

  /** Whether an order of the user's that stands has a line of the product. */
  hasOrdered(userId: string, productId: string): Promise<boolean> {
    return this.orders.existsBy({ userId, status: Not('cancelled'), lines: { productId } });
  }

  async insert(order: OrderEntity): Promise<void> {
    const { lines, ...row } = order;
    await this.orders.insert(row);
    await this.transactions.repository(OrderLineEntity).insert(lines.map(({ order: _owner, ...line }) => line));
  }

  /** Moves the order if it is in a state that leads there; of two moves at once, one finds that it isn't any more. */
  async move(id: string, target: OrderStatus, now: Date): Promise<boolean> {
    const rows = await this.transactions.query<{ id: string }>(
      `WITH moved AS (UPDATE orders SET status = $2, updated_at = $3 WHERE id = $1 AND status = ANY ($4) RETURNING id)
       SELECT id FROM moved`,
      [id, target, now, statesBefore(target)],
    );
    return rows.length === 1;
  }
}
