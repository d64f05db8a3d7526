import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import type { Json } from '../kit/http-client.js';
import { placeOrder, stockOf } from '../kit/order.js';

const nobody = '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e';

describe('an order that is placed', () => {
  let api: Api;
  let owner: Person;
  let stranger: Person;
  let support: Person;
  let productId: string;
  let orderId: string;
  beforeAll(async () => {
    api = await startApi();
    [owner, stranger, support] = await Promise.all([api.person(), api.person(), api.person('support')]);
    productId = await api.product({ stock: 1_000 });
    orderId = (await placeOrder(api, owner, [{ productId, quantity: 5 }])).body.data.id;
  });
  afterAll(() => api.close());

  const get = (id: string, { token }: Person) => api.get(`/api/orders/${id}`, { token });
  const cancel = (id: string, { token }: Person) => api.post(`/api/orders/${id}/cancel`, { token });

  it('is read by its owner and with read:order, and refused to others by what they lack', async () => {
    expect((await get(orderId, owner)).body.data).toMatchObject({ id: orderId, userId: owner.id });
    expect((await get(orderId.toUpperCase(), owner)).body.data.id).toBe(orderId);
    expect((await get(orderId, support)).status).toBe(200);
    const refused = await get(orderId, stranger);
    expect(refused.status).toBe(403);
    expect(refused.body.required).toEqual({ owner: true, orPermission: 'read:order' });
    expect((await api.get(`/api/orders/${orderId}`)).status).toBe(401);
  });

  it('that does not exist is 404, and a malformed id is 400 without a statement sent', async () => {
    expect((await get(nobody, owner)).status).toBe(404);
    const statements: string[] = [];
    api.app.get(DataSource).subscribers.push({ beforeQuery: ({ query }) => void statements.push(query) });
    await get(nobody, owner);
    expect(statements).toHaveLength(1);
    for (const id of ['1', 'x', "1' OR '1'='1", '%00', '..%2Forders', `${orderId}0`, `{${orderId}}`]) {
      const answer = await get(id, owner);
      expect([id, answer.status, answer.body.errors?.[0]?.field]).toEqual([id, 400, 'id']);
    }
    expect(statements).toHaveLength(1);
  });

  it('is listed to its owner, and everybody’s to who may read them', async () => {
    await placeOrder(api, stranger, [{ productId, quantity: 1 }]);
    const list = async ({ token }: Person, query = '') =>
      (await api.get(`/api/orders?limit=100${query}`, { token })).body;
    const own = await list(owner);
    expect(new Set(own.data.map(({ userId }: Json) => userId))).toEqual(new Set([owner.id]));
    expect(own.pagination.total).toBe(own.data.length);
    const all = await list(support);
    expect(new Set(all.data.map(({ userId }: Json) => userId))).toEqual(new Set([owner.id, stranger.id]));
    expect((await list(await api.person())).data).toEqual([]);
    for (const { lines } of all.data) expect(lines).toHaveLength(1);
    const times = all.data.map(({ createdAt }: Json) => createdAt);
    expect(times).toEqual(times.toSorted().reverse());
  });

  it('is not listed to others by any filter they could send', async () => {
    for (const query of ['userId', 'user_id', 'owner']) {
      const answer = await api.get(`/api/orders?${query}=${owner.id}`, { token: stranger.token });
      expect(answer.status).toBe(400);
      expect(answer.body.errors[0].field).toBe(query);
    }
    expect((await api.get('/api/orders?status=lost', { token: owner.token })).body.errors[0].field).toBe('status');
  });

  it('is cancelled by its owner alone, read:order or not', async () => {
    const order = (await placeOrder(api, owner, [{ productId, quantity: 2 }])).body.data;
    for (const person of [stranger, support, await api.person('admin')]) {
      const refused = await cancel(order.id, person);
      expect(refused.status).toBe(403);
      expect(refused.body.required).toEqual({ owner: true });
    }
    const cancelled = await cancel(order.id, owner);
    expect(cancelled.status).toBe(200);
    expect(cancelled.body.data).toEqual({ ...order, status: 'cancelled' });
    expect((await cancel(nobody, owner)).status).toBe(404);
    expect((await cancel('1', owner)).status).toBe(400);
  });

  it('gives its pieces back once, however often it is cancelled', async () => {
    const before = await stockOf(api, productId);
    const { id } = (await placeOrder(api, owner, [{ productId, quantity: 7 }])).body.data;
    expect(await stockOf(api, productId)).toBe(before - 7);
    expect((await cancel(id, owner)).status).toBe(200);
    const again = await cancel(id, owner);
    expect([again.status, again.body.code]).toEqual([409, 'ORDER_STATE']);
    expect(await stockOf(api, productId)).toBe(before);
    const listed = await api.get('/api/orders?status=cancelled&limit=100', { token: owner.token });
    expect(listed.body.data.map((order: Json) => order.id)).toContain(id);
  });

  it('that was paid, fulfilled or refunded is not cancelled', async () => {
    const before = await stockOf(api, productId);
    const { id } = (await placeOrder(api, owner, [{ productId, quantity: 1 }])).body.data;
    for (const status of ['paid', 'fulfilled', 'refunded']) {
      await api.database.query('UPDATE orders SET status = $2 WHERE id = $1', [id, status]);
      expect((await cancel(id, owner)).status).toBe(409);
      expect((await get(id, owner)).body.data.status).toBe(status);
    }
    expect(await stockOf(api, productId)).toBe(before - 1);
  });
});
