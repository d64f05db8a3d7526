import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import { placeOrder, stockOf } from '../kit/order.js';

const nobody = '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e';

describe('placing an order', () => {
  let api: Api;
  let buyer: Person;
  let productId: string;
  beforeAll(async () => {
    api = await startApi();
    buyer = await api.person();
  });
  beforeEach(async () => {
    productId = await api.product({ stock: 10 });
  });
  afterAll(() => api.close());

  const post = (body: unknown, key = `key-${Math.random()}`) =>
    api.post('/api/orders', { token: buyer.token, headers: { 'idempotency-key': key }, body });
  const ordersOf = (person: Person) => api.database.query('SELECT FROM orders WHERE user_id = $1', [person.id]);
  const keysOf = (person: Person) =>
    api.database.query<{ key: string }>('SELECT key FROM idempotency_keys WHERE user_id = $1', [person.id]);

  it('knows a product by its id however that is spelt, and only once', async () => {
    const upper = productId.toUpperCase();
    const answer = await post({ items: [{ productId: upper, quantity: 1 }] });
    expect([answer.status, answer.body.data?.lines[0].productId]).toEqual([201, productId]);
    const twice = await post({
      items: [
        { productId, quantity: 1 },
        { productId: upper, quantity: 1 },
      ],
    });
    expect(twice.status).toBe(400);
  });

  it('S54 takes its prices and names from the catalogue and its pieces from the stock', async () => {
    const other = await api.product({ name: 'Kettle', price: { amount: 350, currency: 'EUR' } });
    const answer = await placeOrder(api, buyer, [
      { productId, quantity: 2 },
      { productId: other, quantity: 3 },
    ]);
    expect(answer.status).toBe(201);
    expect(answer.body.data).toMatchObject({
      userId: buyer.id,
      status: 'pending',
      total: { amount: 2 * 1999 + 3 * 350, currency: 'EUR' },
      lines: [
        { productId, name: 'Lantern', quantity: 2, unitPrice: { amount: 1999, currency: 'EUR' } },
        { productId: other, name: 'Kettle', quantity: 3, unitPrice: { amount: 350, currency: 'EUR' } },
      ],
    });
    expect([await stockOf(api, productId), await stockOf(api, other)]).toEqual([8, 7]);
  });

  it('keeps the price it was placed at when the catalogue changes', async () => {
    const { body } = await placeOrder(api, buyer, [{ productId, quantity: 1 }]);
    const manager = await api.person('manager');
    const dearer = { price: { amount: 999_999, currency: 'USD' }, name: 'Dearer' };
    await api.patch(`/api/products/${productId}`, { headers: { 'if-match': '*' }, token: manager.token, body: dearer });
    expect((await api.get(`/api/orders/${body.data.id}`, { token: buyer.token })).body.data).toEqual(body.data);
  });

  it('S37 S54 refuses a price, a total or an owner in the body', async () => {
    const item = { productId, quantity: 1 };
    for (const [body, field] of [
      [{ items: [{ ...item, price: 1 }] }, 'items.0.price'],
      [{ items: [{ ...item, unitPrice: { amount: 1, currency: 'EUR' } }] }, 'items.0.unitPrice'],
      [{ items: [item], total: 1 }, 'total'],
      [{ items: [item], userId: nobody }, 'userId'],
      [{ items: [item], status: 'paid' }, 'status'],
    ] as const) {
      const answer = await post(body);
      expect([answer.status, answer.body.errors]).toEqual([
        400,
        [{ field, message: 'is not a field of this request' }],
      ]);
    }
    expect(await stockOf(api, productId)).toBe(10);
  });

  it('S54 refuses a quantity that is no whole number from 1 to 100, naming the field', async () => {
    for (const quantity of [-1, 0, 1.5, 101, '1', '1e3', '12abc', 1e20, 2 ** 53, null, true, [1], {}, undefined]) {
      const answer = await post({ items: [{ productId, quantity }] });
      expect([quantity, answer.status, answer.body.errors?.[0]?.field]).toEqual([quantity, 400, 'items.0.quantity']);
    }
    expect(await stockOf(api, productId)).toBe(10);
  });

  it('refuses items that are no list of items', async () => {
    const item = { productId, quantity: 1 };
    for (const items of [undefined, null, [], {}, 'x', 5, item, [item, item], [null], [5], ['x'], [[item]], [[]]]) {
      const answer = await post({ items });
      expect([items, answer.status]).toEqual([items, 400]);
      expect(answer.body.errors[0].field).toMatch(/^items(\.0)?/);
    }
    const tooMany = Array.from({ length: 101 }, () => ({ productId: crypto.randomUUID(), quantity: 1 }));
    expect((await post({ items: tooMany })).body.errors[0].field).toBe('items');
    expect(await stockOf(api, productId)).toBe(10);
  });

  it('refuses a product twice, in whatever letters, and an unknown or malformed one', async () => {
    const twice = await post({ items: [productId, productId].map((id) => ({ productId: id, quantity: 1 })) });
    expect(twice.body.errors).toEqual([{ field: 'items', message: expect.stringContaining('each product once') }]);
    const shouted = await post({
      items: [productId, productId.toUpperCase()].map((id) => ({ productId: id, quantity: 1 })),
    });
    expect(shouted.status).toBe(400);
    for (const id of [nobody, 'x', 5, null, `${productId}'`]) {
      const answer = await post({ items: [{ productId: id, quantity: 1 }] });
      expect([id, answer.status, answer.body.errors?.[0]?.field]).toEqual([id, 400, 'items.0.productId']);
    }
    expect(await stockOf(api, productId)).toBe(10);
  });

  it('refuses several currencies in one order and gives back what it took', async () => {
    const dollars = await api.product({ price: { amount: 5, currency: 'USD' } });
    const answer = await post({ items: [productId, dollars].map((id) => ({ productId: id, quantity: 1 })) });
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([{ field: 'items', message: 'must all be in one currency' }]);
    expect([await stockOf(api, productId), await stockOf(api, dollars)]).toEqual([10, 10]);
  });

  it('refuses more than is in stock and leaves nothing half-written', async () => {
    const person = await api.person();
    const scarce = await api.product({ name: 'Scarce', stock: 1 });
    const answer = await placeOrder(api, person, [
      { productId, quantity: 1 },
      { productId: scarce, quantity: 2 },
    ]);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ code: 'OUT_OF_STOCK', detail: 'Not 2 left of Scarce' });
    expect([await stockOf(api, productId), await stockOf(api, scarce)]).toEqual([10, 1]);
    expect(await ordersOf(person)).toEqual([]);
    expect(await keysOf(person)).toEqual([]);
  });

  it('S56 refuses a missing or malformed idempotency key', async () => {
    const body = { items: [{ productId, quantity: 1 }] };
    const without = await api.post('/api/orders', { token: buyer.token, body });
    expect([without.status, without.body.code]).toEqual([400, 'IDEMPOTENCY_KEY_REQUIRED']);
    for (const key of ['', 'two words', 'x'.repeat(256), 'é']) {
      const answer = await post(body, key);
      expect([key, answer.status, answer.body.code]).toEqual([key, 400, 'IDEMPOTENCY_KEY_REQUIRED']);
    }
    expect(await stockOf(api, productId)).toBe(10);
  });

  it('S56 answers a repetition under the same key with the same status and body, and takes nothing more', async () => {
    const first = await placeOrder(api, buyer, [{ productId, quantity: 1 }], 'again');
    const second = await placeOrder(api, buyer, [{ productId, quantity: 1 }], 'again');
    expect([second.status, second.text]).toEqual([first.status, first.text]);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(first.headers.has('idempotency-replayed')).toBe(false);
    const reordered = await post({ items: [{ quantity: 1, productId }] }, 'again');
    expect(reordered.text).toBe(first.text);
    expect(await stockOf(api, productId)).toBe(9);
  });

  it('S56 refuses the same key for another body, and takes it from another user', async () => {
    const taken = `other-${productId}`;
    await placeOrder(api, buyer, [{ productId, quantity: 1 }], taken);
    const reused = await placeOrder(api, buyer, [{ productId, quantity: 2 }], taken);
    expect([reused.status, reused.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect((await placeOrder(api, await api.person(), [{ productId, quantity: 2 }], taken)).status).toBe(201);
    expect(await stockOf(api, productId)).toBe(7);
  });

  it('S56 leaves no key behind when it is refused, so that the same key may be used again', async () => {
    const scarce = await api.product({ stock: 0 });
    const items = [{ productId: scarce, quantity: 1 }];
    expect((await placeOrder(api, buyer, items, 'retry')).status).toBe(409);
    expect((await post({ items: 'nonsense' }, 'retry')).status).toBe(400);
    expect((await keysOf(buyer)).map(({ key }) => key)).not.toContain('retry');
    await api.database.query('UPDATE stock SET quantity = 1 WHERE product_id = $1', [scarce]);
    expect((await placeOrder(api, buyer, items, 'retry')).status).toBe(201);
  });
});
