import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi, tokenIn } from '../kit/api.js';

describe('the way through every room', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  it('registers, verifies, signs in, is refused, orders, and finds the trail', async () => {
    const email = 'ada@example.com';
    const password = 'correct horse battery';
    const registered = await api.post('/api/auth/register', { body: { email, name: 'Ada', password } });
    expect(registered.status).toBe(202);
    const token = tokenIn(await api.mailTo(email));

    const early = await api.post('/api/auth/login', { body: { email, password } });
    expect(early.status).toBe(401);

    expect((await api.post('/api/auth/email/verify', { body: { token, password } })).status).toBe(204);
    const signedIn = await api.post('/api/auth/login', { body: { email, password } });
    expect(signedIn.status).toBe(200);
    const { accessToken } = signedIn.body.data;

    const product = {
      name: 'Lantern',
      description: '',
      category: 'lighting',
      price: { amount: 1999, currency: 'EUR' },
      stock: 3,
    };
    const refused = await api.post('/api/products', { token: accessToken, body: product });
    expect(refused.status).toBe(403);
    expect(refused.body).toMatchObject({ code: 'FORBIDDEN', required: { permissions: { anyOf: ['create:product'] } } });

    const manager = await api.person('manager');
    const created = await api.post('/api/products', { token: manager.token, body: product });
    expect(created.status).toBe(201);
    const { id: productId } = created.body.data;

    const ordered = await api.post('/api/orders', {
      token: accessToken,
      headers: { 'idempotency-key': 'first' },
      body: { items: [{ productId, quantity: 2 }] },
    });
    expect(ordered.status).toBe(201);
    expect(ordered.body.data).toMatchObject({ status: 'pending', total: { amount: 3998, currency: 'EUR' } });

    const auditor = await api.person('auditor');
    const trail = await api.get(`/api/audit/order/${ordered.body.data.id}`, { token: auditor.token });
    expect(trail.status).toBe(200);
    expect(trail.body.data).toHaveLength(1);
    expect(trail.body.data[0]).toMatchObject({ action: 'order.created', actorId: ordered.body.data.userId });
  });
});
