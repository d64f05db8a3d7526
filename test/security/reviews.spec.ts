import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import type { Answer } from '../kit/http-client.js';
import { placeOrder } from '../kit/order.js';

describe('who may write, change, delete and hide a review', () => {
  let api: Api;
  let ada: Person;
  let productId: string;
  let path: string;
  beforeAll(async () => {
    api = await startApi();
    ada = await api.person();
    productId = await api.product({ stock: 100 });
    await placeOrder(api, ada, [{ productId, quantity: 1 }]);
    const body = { rating: 2, text: 'Too dim' };
    const written = await api.post(`/api/products/${productId}/reviews`, { token: ada.token, body });
    path = `/api/reviews/${written.body.data.id}`;
  });
  afterAll(() => api.close());

  const change = (token?: string) => api.patch(path, { token, body: { rating: 5 } });
  const remove = (token?: string) => api.delete(path, { token });
  const hide = (token?: string) => api.post(`${path}/hide`, { token });
  const unchanged = async () =>
    expect((await api.get(`/api/products/${productId}/reviews`)).body.data).toMatchObject([
      { rating: 2, hidden: false },
    ]);
  const refused = ({ status, body }: Answer) => [status, body.required];

  it('is nobody without a token, who learns nothing of what it would take', async () => {
    const write = await api.post(`/api/products/${productId}/reviews`, { body: { rating: 1, text: 'x' } });
    for (const answer of [write, await change(), await remove(), await hide()]) {
      expect(refused(answer)).toEqual([401, undefined]);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
    await unchanged();
  });

  it('is for changing and deleting the author alone: no other buyer, no moderator, no admin', async () => {
    const buyer = await api.person();
    await placeOrder(api, buyer, [{ productId, quantity: 1 }]);
    for (const { token } of [
      buyer,
      await api.person('support'),
      await api.person('manager'),
      await api.person('admin'),
    ]) {
      expect(refused(await change(token))).toEqual([403, { owner: true }]);
      expect(refused(await remove(token))).toEqual([403, { owner: true }]);
    }
    await unchanged();
  });

  it('is for hiding who holds moderate:review: not the author, not an auditor', async () => {
    for (const { token } of [ada, await api.person('auditor')]) {
      expect(refused(await hide(token))).toEqual([403, { permissions: { anyOf: ['moderate:review'] } }]);
    }
    await unchanged();
    const helper = await api.person();
    const admin = await api.person('admin');
    const grant = { token: admin.token, body: { permission: 'moderate:review', expiresIn: '5m' } };
    await api.post(`/api/users/${helper.id}/permissions`, grant);
    api.clock.advance(5 * 60_000);
    expect((await hide(helper.token)).status).toBe(403);
    await unchanged();
    for (const role of ['support', 'manager', 'admin']) {
      const { token } = await api.person(role);
      expect((await hide(token)).status).toBe(200);
      await api.database.query('UPDATE reviews SET hidden_at = NULL');
    }
  });

  it('is not asked before an id that is none is 400 and one that names nothing 404', async () => {
    const { token } = await api.person('support');
    const gone = '/api/reviews/0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e';
    for (const [address, status] of [
      ['/api/reviews/1', 400],
      [gone, 404],
    ] as const) {
      expect((await api.patch(address, { token, body: { rating: 9 } })).status).toBe(status);
      expect((await api.delete(address, { token })).status).toBe(status);
      expect((await api.post(`${address}/hide`, { token })).status).toBe(status);
    }
  });
});
