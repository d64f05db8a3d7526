import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import type { Answer } from '../kit/http-client.js';
import { placeOrder, stockOf } from '../kit/order.js';

const rounds = Array.from({ length: 20 }, (_, round) => round);
const times = <T>(count: number, work: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => work(i));
/** How many answers there are of each status. */
function statuses(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

describe('orders at the same time', () => {
  let api: Api;
  let buyers: Person[];
  beforeAll(async () => {
    api = await startApi({ environment: { DATABASE_POOL_SIZE: '20' } });
    buyers = await Promise.all(times(10, () => api.person()));
  });
  afterAll(() => api.close());

  const buyer = (index: number): Person => {
    const person = buyers[index % buyers.length];
    if (person === undefined) throw new Error('no buyers');
    return person;
  };
  const soldOf = async (productId: string): Promise<number> => {
    const [row] = await api.database.query<{ sold: number }>(
      `SELECT coalesce(sum(quantity), 0)::int AS sold FROM order_lines JOIN orders ON orders.id = order_id
       WHERE product_id = $1 AND status <> 'cancelled'`,
      [productId],
    );
    return row?.sold ?? 0;
  };

  it('S55 sell the last piece once, of 50 that want it, 20 times over', { timeout: 60_000 }, async () => {
    for (const _ of rounds) {
      const productId = await api.product({ stock: 1 });
      const answers = await Promise.all(
        times(50, (index) => placeOrder(api, buyer(index), [{ productId, quantity: 1 }])),
      );
      expect(statuses(answers)).toEqual({ 201: 1, 409: 49 });
      expect([await stockOf(api, productId), await soldOf(productId)]).toEqual([0, 1]);
    }
  });

  it('S55 keep stock + sold at what there was, whatever sizes and cancellations', async () => {
    const productId = await api.product({ stock: 40 });
    const answers = await Promise.all(
      times(40, async (index) => {
        const answer = await placeOrder(api, buyer(index), [{ productId, quantity: 1 + (index % 5) }]);
        if (answer.status !== 201 || index % 3 > 0) return answer;
        return api.post(`/api/orders/${answer.body.data.id}/cancel`, { token: buyer(index).token });
      }),
    );
    for (const { status } of answers) expect([200, 201, 409]).toContain(status);
    const [stock, sold] = [await stockOf(api, productId), await soldOf(productId)];
    expect(stock).toBeGreaterThanOrEqual(0);
    expect(stock + sold).toBe(40);
  });

  it('S56 under one key are one order, of 20, 20 times over', async () => {
    const productId = await api.product({ stock: 1_000 });
    for (const round of rounds) {
      const key = `same-${round}`;
      const answers = await Promise.all(times(20, () => placeOrder(api, buyer(0), [{ productId, quantity: 1 }], key)));
      const placed = answers.filter(({ status }) => status === 201);
      const refused = answers.filter(({ status }) => status !== 201);
      expect(placed.length).toBeGreaterThanOrEqual(1);
      expect(new Set(placed.map(({ text }) => text)).size).toBe(1);
      for (const { status, body } of refused) expect([status, body.code]).toEqual([409, 'REQUEST_IN_PROGRESS']);
      expect(await stockOf(api, productId)).toBe(1_000 - round - 1);
    }
  });

  it('of the same products in opposite order, 200 and 200 of them, do not lock each other out', async () => {
    const [one, other] = [await api.product({ stock: 1_000 }), await api.product({ stock: 1_000 })];
    const items = [one, other].map((productId) => ({ productId, quantity: 1 }));
    for (const _ of rounds) {
      const answers = await Promise.all(
        times(20, (index) => placeOrder(api, buyer(index), index % 2 === 0 ? items : items.toReversed())),
      );
      expect(statuses(answers)).toEqual({ 201: 20 });
    }
    expect([await stockOf(api, one), await stockOf(api, other)]).toEqual([600, 600]);
  });

  it('that are cancelled 20 times at once give their pieces back once, 20 times over', async () => {
    const productId = await api.product({ stock: 10 });
    for (const _ of rounds) {
      const { id } = (await placeOrder(api, buyer(0), [{ productId, quantity: 10 }])).body.data;
      const answers = await Promise.all(
        times(20, () => api.post(`/api/orders/${id}/cancel`, { token: buyer(0).token })),
      );
      expect(statuses(answers)).toEqual({ 200: 1, 409: 19 });
      expect(await stockOf(api, productId)).toBe(10);
    }
  });

  it('and the deletion of the product leave either the order or none, and the stock fits', async () => {
    const manager = await api.person('manager');
    for (const _ of rounds) {
      const productId = await api.product({ stock: 1 });
      const [ordered, deleted] = await Promise.all([
        placeOrder(api, buyer(0), [{ productId, quantity: 1 }]),
        api.delete(`/api/products/${productId}`, { token: manager.token }),
      ]);
      expect(deleted.status).toBe(204);
      expect([201, 400]).toContain(ordered.status);
      expect((await stockOf(api, productId)) + (await soldOf(productId))).toBe(1);
    }
  });
});
