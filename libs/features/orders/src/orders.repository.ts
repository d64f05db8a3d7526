import { LoadsResource, type ResourceLoader } from '@gatehouse/access';
import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import { LessThanOrEqual, Not } from 'typeorm';
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

export interface Moved {
  readonly userId: string;
  readonly from: OrderStatus;
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

  /** The orders that nobody had paid until then, oldest first. */
  unpaidSince(until: Date, most: number): Promise<OrderEntity[]> {
    return this.orders.find({
      where: { status: 'pending', createdAt: LessThanOrEqual(until) },
      relations: { lines: true },
      relationLoadStrategy: 'query',
      order: { createdAt: 'ASC' },
      take: most,
    });
  }

  /**
   * Moves the order if it is in a state that leads there; of two moves at once, one finds that it isn't any more.
   * Nothing is shipped while its refund is under way.
   * @returns whose it is and where it was, or `undefined` where it could not go.
   */
  async move(id: string, target: OrderStatus, now: Date): Promise<Moved | undefined> {
    const [moved] = await this.transactions.query<Moved>(
      `WITH before AS (SELECT id, status FROM orders WHERE id = $1 FOR UPDATE),
            moved AS (UPDATE orders SET status = $2, updated_at = $3 FROM before
                      WHERE orders.id = before.id AND before.status = ANY ($4)
                        AND ($2 <> 'fulfilled' OR refund_requested_at IS NULL)
                      RETURNING orders.user_id AS "userId", before.status AS "from")
       SELECT "userId", "from" FROM moved`,
      [id, target, now, statesBefore(target)],
    );
    return moved;
  }

  /** Whether the order is pending; who would move it waits for the end of the transaction. */
  async holdPending(id: string): Promise<boolean> {
    const rows = await this.transactions.query("SELECT id FROM orders WHERE id = $1 AND status = 'pending' FOR SHARE", [
      id,
    ]);
    return rows.length === 1;
  }

  /** Notes that a refund is begun, where one can be and none is. */
  async requestRefund(id: string, now: Date): Promise<boolean> {
    const rows = await this.transactions.query(
      `WITH requested AS (UPDATE orders SET refund_requested_at = $2, updated_at = $2
                          WHERE id = $1 AND status = ANY ($3) AND refund_requested_at IS NULL RETURNING id)
       SELECT id FROM requested`,
      [id, now, statesBefore('refunded')],
    );
    return rows.length === 1;
  }

  /** Takes that note back, of an order that hasn't been refunded. */
  async dropRefundRequest(id: string, now: Date): Promise<void> {
    await this.transactions.query(
      'UPDATE orders SET refund_requested_at = NULL, updated_at = $2 WHERE id = $1 AND status = ANY ($3)',
      [id, now, statesBefore('refunded')],
    );
  }
}
