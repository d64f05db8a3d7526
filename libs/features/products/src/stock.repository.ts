import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';

/** Pieces of a product. */
export interface Pieces {
  readonly productId: string;
  readonly quantity: number;
}

/** The stock and the ledger of its movements, which every statement here writes together. */
@Injectable()
export class StockRepository {
  constructor(private readonly transactions: Transactions) {}

  /**
   * Takes from each product as many pieces as are wanted, where there are as many; the statement decides, so that the last
   * piece is sold once. Rows are locked in the order of their ids: two orders of the same products can't wait for each other.
   * @returns the products that were taken from.
   */
  async take(wanted: readonly Pieces[], orderId: string, now: Date): Promise<string[]> {
    const rows = await this.transactions.query<{ productId: string }>(
      `WITH wanted AS (SELECT * FROM unnest($1::uuid[], $2::int[]) AS pieces (product_id, quantity)),
       there AS (
         SELECT s.product_id, w.quantity FROM stock s JOIN wanted w USING (product_id)
         WHERE s.quantity >= w.quantity ORDER BY s.product_id FOR UPDATE OF s),
       taken AS (
         UPDATE stock s SET quantity = s.quantity - there.quantity FROM there WHERE s.product_id = there.product_id
         RETURNING s.product_id, there.quantity),
       moved AS (
         INSERT INTO stock_movements (product_id, change, reason, order_id, moved_at)
         SELECT product_id, -quantity, 'ordered', $3, $4 FROM taken)
       SELECT product_id AS "productId" FROM taken`,
      [wanted.map(({ productId }) => productId), wanted.map(({ quantity }) => quantity), orderId, now],
    );
    return rows.map(({ productId }) => productId);
  }

  /** Gives back what an order took. */
  async giveBack(items: readonly Pieces[], orderId: string, now: Date): Promise<void> {
    await this.transactions.query(
      `WITH items AS (SELECT * FROM unnest($1::uuid[], $2::int[]) AS pieces (product_id, quantity)),
       there AS (
         SELECT s.product_id, i.quantity FROM stock s JOIN items i USING (product_id) ORDER BY s.product_id FOR UPDATE OF s),
       given AS (
         UPDATE stock s SET quantity = s.quantity + there.quantity FROM there WHERE s.product_id = there.product_id
         RETURNING s.product_id, there.quantity)
       INSERT INTO stock_movements (product_id, change, reason, order_id, moved_at)
       SELECT product_id, quantity, 'returned', $3, $4 FROM given`,
      [items.map(({ productId }) => productId), items.map(({ quantity }) => quantity), orderId, now],
    );
  }

  /** Says how many pieces there are, of a product that has a stock or of a new one. */
  async count(productId: string, quantity: number, now: Date): Promise<void> {
    await this.transactions.query(
      `WITH before AS (SELECT quantity FROM stock WHERE product_id = $1 FOR UPDATE),
       counted AS (
         INSERT INTO stock (product_id, quantity) SELECT $1, $2 FROM (SELECT count(*) FROM before) AS locked
         ON CONFLICT (product_id) DO UPDATE SET quantity = excluded.quantity)
       INSERT INTO stock_movements (product_id, change, reason, moved_at)
       SELECT $1, difference, 'counted', $3
       FROM (SELECT $2::int - coalesce((SELECT quantity FROM before), 0) AS difference) AS counting
       WHERE difference <> 0`,
      [productId, quantity, now],
    );
  }
}
