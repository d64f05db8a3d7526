import { v7 as uuidv7 } from 'uuid';
import type { Api } from './api.js';
import type { Answer } from './http-client.js';

export interface Item {
  readonly productId: string;
  readonly quantity: number;
}

/** Places an order, under a key of its own unless the test says which. */
export function placeOrder(
  api: Api,
  { token }: { token: string },
  items: readonly Item[],
  key: string = uuidv7(),
): Promise<Answer> {
  return api.post('/api/orders', { token, headers: { 'idempotency-key': key }, body: { items } });
}

/** Pieces in stock, as the database knows them. */
export async function stockOf(api: Api, productId: string): Promise<number> {
  const [row] = await api.database.query<{ quantity: number }>('SELECT quantity FROM stock WHERE product_id = $1', [
    productId,
  ]);
  if (row === undefined) throw new Error(`no stock of ${productId}`);
  return row.quantity;
}
