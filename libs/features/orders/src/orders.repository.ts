import { LoadsResource, type ResourceLoader } from '@gatehouse/access';
import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import { LessThanOrEqual, Not } from 'typeorm';
import { OrderEntity } from './order.entity.js';
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

  /** The order and its lines, in one statement. */
  async insert({ id, userId, status, totalAmount, currency, createdAt, lines }: OrderEntity): Promise<void> {
    await this.transactions.query(
      `WITH placed AS (INSERT INTO orders (id, user_id, status, total_amount, currency, created_at, updated_at)
                       VALUES ($1, $2, $3, $4, $5, $6, $6))
       INSERT INTO order_lines (order_id, position, product_id, name, unit_amount, quantity)
       SELECT $1, line.* FROM unnest($7::smallint[], $8::uuid[], $9::text[], $10::integer[], $11::integer[]) AS line`,
      [
        id,
        userId,
        status,
        totalAmount,
        currency,
        createdAt,
        lines.map(({ position }) => position),
        lines.map(({ productId }) => productId),
        lines.map(({ name }) => name),
        lines.map(({ unitAmount }) => unitAmount),
        lines.map(({ quantity }) => quantity),
      ],
    );
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
