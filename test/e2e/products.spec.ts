import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import type { Json } from '../kit/http-client.js';

const price = { amount: 1250, currency: 'EUR' };
const product = { name: 'Kettle', description: 'Boils', category: 'kitchen', price, stock: 4 };
const nobody = '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e';

describe('products', () => {
  let api: Api;
  let manager: Person;
  beforeAll(async () => {
    api = await startApi();
    manager = await api.person('manager');
    for (let index = 0; index < 25; index += 1) {
      await api.product({
        name: `Lantern ${String(index).padStart(2, '0')}`,
        price: { ...price, amount: index * 100 },
      });
    }
  });
  afterAll(() => api.close());

  const list = (query: string) => api.get(`/api/products?${query}`);
  const namesOf = async (query: string): Promise<string[]> =>
    (await list(query)).body.data.map(({ name }: Json) => name);

  it('are listed to anyone, a page at a time', async () => {
    const first = await list('category=lighting&sort=name&limit=10');
    expect(first.status).toBe(200);
    expect(first.body.pagination).toEqual({
      ...{ page: 1, limit: 10, total: 25, totalEstimated: false, pages: 3 },
      nextCursor: expect.any(String),
    });
    const pages = await Promise.all(
      [1, 2, 3, 4].map((page) => namesOf(`category=lighting&sort=name&limit=10&page=${page}`)),
    );
    expect(pages.map(({ length }) => length)).toEqual([10, 10, 5, 0]);
    expect(pages.flat()).toEqual([...new Set(pages.flat())].sort());
    expect((await list('')).body.pagination.limit).toBe(20);
  });

  it('are sorted by what the list of sorts has, in both directions', async () => {
    expect(await namesOf('category=lighting&sort=price&limit=2')).toEqual(['Lantern 00', 'Lantern 01']);
    expect(await namesOf('category=lighting&sort=-price&limit=2')).toEqual(['Lantern 24', 'Lantern 23']);
    expect(await namesOf('category=lighting&sort=createdAt&limit=1')).toEqual(['Lantern 00']);
    expect(await namesOf('category=lighting&limit=1')).toEqual(['Lantern 24']);
    expect(await namesOf('category=lighting&sort=-name&limit=1')).toEqual(['Lantern 24']);
  });

  it('are not listed by a page, limit, category or sort that is not acceptable', async () => {
    const wrong: Record<string, string[]> = {
      page: ['0', '-1', '1.5', 'x', '', '1e99', '9223372036854775808', 'NaN', '1&page=2', '%00'],
      limit: ['0', '-1', '101', '1.5', 'x', '', '9223372036854775808', 'Infinity'],
      category: ['', 'Lighting', "x' OR '1'='1", '%00', 'a'.repeat(51), 'x&category=y'],
      sort: [
        'passwordHash',
        'stock',
        'name;select pg_sleep(1)',
        'name,id',
        '',
        '__proto__',
        'NAME',
        '--name',
        'name&sort=price',
      ],
    };
    for (const [field, values] of Object.entries(wrong)) {
      for (const value of values) {
        const begun = performance.now();
        const answer = await list(
          `${field}=${value.includes('&') || value === '%00' ? value : encodeURIComponent(value)}`,
        );
        expect([value, answer.status, answer.body.errors?.[0]?.field]).toEqual([value, 400, field]);
        expect(performance.now() - begun).toBeLessThan(900);
      }
    }
    const unknown = await list('where=1%3D1');
    expect(unknown.body.errors).toEqual([{ field: 'where', message: 'is not a field of this request' }]);
  });

  it('are paged through no deeper than 10,000 items', async () => {
    expect((await list('page=100&limit=100')).status).toBe(200);
    expect((await list('page=10000&limit=1')).status).toBe(200);
    for (const query of ['page=101&limit=100', 'page=501', 'page=5001&limit=2']) {
      const answer = await list(query);
      expect(answer.status).toBe(400);
      expect(answer.body.errors).toEqual([{ field: 'page', message: 'must not reach beyond the 10,000th item' }]);
    }
  });

  it('are made under create:product, with what they were given', async () => {
    const created = await api.post('/api/products', { token: manager.token, body: product });
    expect(created.status).toBe(201);
    expect(created.body.data).toMatchObject(product);
    const got = await api.get(`/api/products/${created.body.data.id}`);
    expect(got.body.data).toEqual(created.body.data);
    const uppercase = await api.get(`/api/products/${created.body.data.id.toUpperCase()}`);
    expect(uppercase.body.data).toEqual(created.body.data);
  });

  it('are made, changed and deleted by nobody without the permission of each', async () => {
    const customer = await api.person();
    const id = await api.product();
    const attempts = {
      'create:product': (token?: string) => api.post('/api/products', { token, body: product }),
      'update:product': (token?: string) =>
        api.patch(`/api/products/${id}`, { headers: { 'if-match': '*' }, token, body: { name: 'Mine' } }),
      'delete:product': (token?: string) => api.delete(`/api/products/${id}`, { token }),
    };
    for (const [permission, attempt] of Object.entries(attempts)) {
      const anonymous = await attempt();
      expect(anonymous.status).toBe(401);
      expect(anonymous.body.required).toBeUndefined();
      const refused = await attempt(customer.token);
      expect(refused.status).toBe(403);
      expect(refused.body.required).toEqual({ permissions: { anyOf: [permission] } });
    }
    expect((await api.get(`/api/products/${id}`)).body.data.name).toBe('Lantern');
  });

  it('with a price or a stock that is no amount are refused, naming the field, and nothing is written', async () => {
    const [before] = await api.database.query('SELECT count(*) FROM products');
    const wrong: [object, string][] = [
      ...[-1, 1.5, '100', 100_000_001, 2 ** 63, null].map((amount): [object, string] => [
        { price: { amount, currency: 'EUR' } },
        'price.amount',
      ]),
      ...['EURO', 'eu', '', 5, 'XXL'].map((currency): [object, string] => [
        { price: { amount: 1, currency } },
        'price.currency',
      ]),
      [{ price: { ...price, decimals: 2 } }, 'price.decimals'],
      [{ price: 5 }, 'price'],
      [{ price: [price] }, 'price'],
      [{ price: null }, 'price'],
      ...[-1, 0.5, '1', 1_000_001, 1e20].map((stock): [object, string] => [{ stock }, 'stock']),
      [{ name: ' ' }, 'name'],
      [{ name: 'a\u0000b' }, 'name'],
      [{ name: 'x'.repeat(201) }, 'name'],
      [{ description: '\ud800' }, 'description'],
      [{ category: 'Not A Category' }, 'category'],
      [{ id: nobody }, 'id'],
    ];
    for (const [change, field] of wrong) {
      const answer = await api.post('/api/products', { token: manager.token, body: { ...product, ...change } });
      expect([change, answer.status, answer.body.errors?.[0]?.field]).toEqual([change, 400, field]);
    }
    expect((await api.database.query('SELECT count(*) FROM products'))[0]).toEqual(before);
  });

  it('are changed in what is given and left alone in the rest', async () => {
    const id = await api.product(product);
    const patch = (body: object) =>
      api.patch(`/api/products/${id}`, { headers: { 'if-match': '*' }, token: manager.token, body });
    expect((await patch({ price: { amount: 1, currency: 'USD' }, stock: 9 })).body.data).toMatchObject({
      ...product,
      price: { amount: 1, currency: 'USD' },
      stock: 9,
    });
    expect((await patch({})).status).toBe(200);
    for (const body of [{ name: null }, { stock: -1 }, { price: { amount: 5 } }]) {
      expect((await patch(body)).status).toBe(400);
    }
    expect(
      (await api.patch(`/api/products/${nobody}`, { headers: { 'if-match': '*' }, token: manager.token, body: {} }))
        .status,
    ).toBe(404);
    expect(
      (await api.patch('/api/products/1', { headers: { 'if-match': '*' }, token: manager.token, body: {} })).body
        .errors[0].field,
    ).toBe('id');
  });

  it('that are deleted are 404 from then on, and past orders keep their lines', async () => {
    const id = await api.product({ name: 'Collector’s item' });
    const { token } = await api.person();
    const order = await api.post('/api/orders', {
      token,
      headers: { 'idempotency-key': 'before' },
      body: { items: [{ productId: id, quantity: 1 }] },
    });
    const remove = () => api.delete(`/api/products/${id}`, { token: manager.token });
    expect((await remove()).status).toBe(204);
    expect((await remove()).status).toBe(404);
    expect((await api.get(`/api/products/${id}`)).status).toBe(404);
    expect(
      (
        await api.patch(`/api/products/${id}`, {
          headers: { 'if-match': '*' },
          token: manager.token,
          body: { stock: 1 },
        })
      ).status,
    ).toBe(404);
    const kept = await api.get(`/api/orders/${order.body.data.id}`, { token });
    expect(kept.body.data.lines[0]).toMatchObject({ productId: id, name: 'Collector’s item' });
    expect(kept.body.data).toEqual(order.body.data);
  });
});
