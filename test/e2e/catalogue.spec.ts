import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';
import type { Json } from '../kit/http-client.js';

const many = 12_000;

describe('the catalogue', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
    const lamps = ['Brass lantern', 'Paper lantern', 'Oil lamp', 'Lantern hook'];
    for (const [index, name] of lamps.entries()) {
      const description = name === 'Oil lamp' ? 'Burns where no lantern does' : 'Made by hand';
      const price = { amount: 1_000 * (index + 1), currency: 'EUR' };
      await api.product({ name, description, category: 'light', price, stock: index });
    }
    await api.database.query(
      `INSERT INTO products (id, name, description, category, price_amount, currency, created_at, updated_at)
       SELECT uuid_v7(), 'Nail ' || n % 100, 'Steel', 'nails', n % 1000, 'EUR', at, at
       FROM generate_series(1, ${many}) n, LATERAL (SELECT timestamptz '2026-01-01' + n % 50 * interval '1 s' AS at) t`,
    );
    await api.database.query(
      "INSERT INTO stock (product_id, quantity) SELECT id, 1 FROM products WHERE category = 'nails'",
    );
    await api.database.query('ANALYZE products, stock');
  });
  afterAll(() => api.close());

  const list = async (query: string): Promise<Json> => {
    const answer = await api.get(`/api/products?${query}`);
    expect([query, answer.status]).toEqual([query, 200]);
    return answer.body;
  };
  const names = async (query: string): Promise<string[]> => (await list(query)).data.map(({ name }: Json) => name);

  /** Every page of a list by cursor, and how often it was asked. */
  async function walk(query: string, each = async (_cursor: string) => {}): Promise<string[]> {
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Json = await list(cursor === null ? query : `${query}&cursor=${cursor}`);
      ids.push(...page.data.map(({ id }: Json) => id));
      cursor = page.pagination.nextCursor;
      if (cursor !== null) await each(cursor);
    } while (cursor !== null);
    return ids;
  }

  it('is searched by words, in whatever form, the most relevant first', async () => {
    expect(await names('q=lanterns')).toEqual([...(await names('q=lantern&category=light')).slice(0, 3), 'Oil lamp']);
    expect((await names('q=lantern')).slice(0, 3).sort()).toEqual(['Brass lantern', 'Lantern hook', 'Paper lantern']);
    expect(await names('q=%22brass%20lantern%22')).toEqual(['Brass lantern']);
    expect((await names('q=lantern%20-brass')).sort()).toEqual(['Lantern hook', 'Oil lamp', 'Paper lantern']);
    expect(await names('q=lantern&sort=price&limit=1')).toEqual(['Brass lantern']);
    expect(await names('q=unheard-of')).toEqual([]);
  });

  it('finds a product by its new words at once, and by the old ones no more', async () => {
    const manager = await api.person('manager');
    const id = await api.product({ name: 'Weathercock', category: 'roof' });
    expect(await names('q=weathercock')).toEqual(['Weathercock']);
    const body = { name: 'Lightning rod' };
    await api.patch(`/api/products/${id}`, { token: manager.token, headers: { 'if-match': '"1"' }, body });
    expect([await names('q=weathercock'), await names('q=lightning')]).toEqual([[], ['Lightning rod']]);
  });

  it('is narrowed by price and by what is in stock, together with all else', async () => {
    expect(await names('category=light&minPrice=2000&maxPrice=3000&sort=price')).toEqual(['Paper lantern', 'Oil lamp']);
    expect(await names('category=light&inStock=false')).toEqual(['Brass lantern']);
    expect(await names('category=light&inStock=true&sort=name')).toEqual(['Lantern hook', 'Oil lamp', 'Paper lantern']);
    expect(await names('q=lantern&inStock=true&maxPrice=2000')).toEqual(['Paper lantern']);
    expect((await list('category=light&inStock=true')).pagination.total).toBe(3);
  });

  it('counts exactly up to 10,000 and says when a total is an estimate', async () => {
    expect((await list('category=light')).pagination).toMatchObject({ total: 4, totalEstimated: false });
    const { total, totalEstimated } = (await list('category=nails')).pagination;
    expect(totalEstimated).toBe(true);
    expect(total).toBeGreaterThan(10_000);
    expect(Math.abs(total - many)).toBeLessThan(many / 10);
    expect((await list('category=nails&maxPrice=499')).pagination).toMatchObject({
      total: 6_000,
      totalEstimated: false,
    });
  });

  it('is read to its end by cursor, each product once, in every order', async () => {
    for (const sort of ['createdAt', '-createdAt', 'price', '-price', 'name', '-name']) {
      const ids = await walk(`category=nails&sort=${sort}&limit=100&maxPrice=99`);
      expect([sort, ids.length, new Set(ids).size]).toEqual([sort, 1_200, 1_200]);
      const head = await list(`category=nails&sort=${sort}&limit=100&maxPrice=99&page=3`);
      expect(head.data.map(({ id }: Json) => id)).toEqual(ids.slice(200, 300));
    }
    expect(await walk('q=lantern&limit=1')).toHaveLength(4);
    expect((await walk('category=nails&limit=100')).length).toBe(many);
  });

  it('shows none twice and leaves none out by cursor while others are added', async () => {
    const before = await walk('category=light&limit=1&sort=name');
    const during = await walk('category=light&limit=1&sort=name', async () => {
      await api.product({ name: 'Aaa lamp', category: 'light' });
    });
    expect(during).toEqual(before);
  });

  it('tells by nextCursor alone whether there is more, and no page number by cursor', async () => {
    const last = await list('category=light&limit=100');
    expect(last.pagination.nextCursor).toBeNull();
    const first = await list('category=nails&limit=100');
    const next = await list(`category=nails&limit=100&cursor=${first.pagination.nextCursor}`);
    expect(next.pagination.page).toBeNull();
    expect(next.data).toHaveLength(100);
  });

  it('is listed by index in every order and filter that is sorted by one', async () => {
    const orders = ['created_at DESC', 'price_amount', 'name DESC'];
    for (const filter of ['', "AND category = 'nails'"]) {
      for (const order of orders) {
        const plan = await api.database.query(
          `EXPLAIN SELECT id FROM products p WHERE deleted_at IS NULL ${filter} ORDER BY ${order}, id ${order.split(' ')[1] ?? 'ASC'} LIMIT 20`,
        );
        expect(JSON.stringify(plan)).toMatch(/Index (Only )?Scan/);
        expect(JSON.stringify(plan)).not.toMatch(/Seq Scan|Sort/);
      }
    }
  });
});

describe('a version of a product', () => {
  let api: Api;
  let token: string;
  let id: string;
  beforeAll(async () => {
    api = await startApi();
    ({ token } = await api.person('manager'));
    id = await api.product({ name: 'Bell' });
  });
  afterAll(() => api.close());

  const get = (headers: Record<string, string> = {}) => api.get(`/api/products/${id}`, { headers });
  const patch = (body: object, match?: string) =>
    api.patch(`/api/products/${id}`, { token, body, headers: match === undefined ? {} : { 'if-match': match } });

  it('is told by its ETag, and not sent again to who has it', async () => {
    const first = await get();
    const tag = first.headers.get('etag') ?? '';
    expect(tag).toBe('"1"');
    for (const known of [tag, `W/${tag}`, `"9", ${tag}`, '*']) {
      const answer = await get({ 'if-none-match': known });
      expect([known, answer.status, answer.text, answer.headers.get('etag')]).toEqual([known, 304, '', tag]);
    }
    expect((await get({ 'if-none-match': '"2"' })).status).toBe(200);
  });

  it('is what a change starts from: 428 without, 412 from an old one, and nothing is changed', async () => {
    expect((await patch({ name: 'Gong' })).body).toMatchObject({ status: 428, code: 'PRECONDITION_REQUIRED' });
    for (const old of ['"0"', '"2"', 'W/"1"', '"x"', '"2", "3"']) {
      expect([old, (await patch({ name: 'Gong' }, old)).body.code]).toEqual([old, 'PRECONDITION_FAILED']);
      expect([old, (await patch({ stock: 7 }, old)).body.code]).toEqual([old, 'PRECONDITION_FAILED']);
    }
    for (const malformed of ['1', '"1', 'W/', '*, "1"', '"1" "2"', '']) {
      expect([malformed, (await patch({ name: 'Gong' }, malformed)).status]).toEqual([malformed, 400]);
    }
    expect((await get()).body.data.name).toBe('Bell');
    const changed = await patch({ name: 'Gong' }, '"1"');
    expect([changed.status, changed.headers.get('etag'), changed.body.data.name]).toEqual([200, '"2"', 'Gong']);
    expect((await patch({ name: 'Bell' }, '"7", "2"')).headers.get('etag')).toBe('"3"');
    expect((await patch({ name: 'Gong' }, '*')).headers.get('etag')).toBe('"4"');
  });

  it('is the same whatever becomes of the stock', async () => {
    const tag = (await get()).headers.get('etag') ?? '';
    expect((await patch({ stock: 3 }, tag)).headers.get('etag')).toBe(tag);
    const buyer = await api.person();
    const order = { items: [{ productId: id, quantity: 1 }] };
    await api.post('/api/orders', { token: buyer.token, body: order, headers: { 'idempotency-key': 'bell-1' } });
    expect((await get({ 'if-none-match': tag })).status).toBe(304);
    expect((await get()).body.data.stock).toBe(2);
  });

  it('is left by one, of 20 who change the same, 10 times over', async () => {
    for (let round = 0; round < 10; round += 1) {
      const tag = (await get()).headers.get('etag') ?? '';
      const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => patch({ name: `Bell ${n}` }, tag)));
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toEqual([200, ...Array(19).fill(412)]);
    }
  });
});

describe('the ledger of the stock', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  it('has each movement with its cause, and adds up to the stock', async () => {
    const { token } = await api.person('manager');
    const buyer = await api.person();
    const id = await api.product({ stock: 10 });
    const body = { items: [{ productId: id, quantity: 3 }] };
    const place = (key: string) =>
      api.post('/api/orders', { token: buyer.token, body, headers: { 'idempotency-key': key } });
    const kept = (await place('ledger-1')).body.data.id;
    const cancelled = (await place('ledger-2')).body.data.id;
    expect((await api.post(`/api/orders/${cancelled}/cancel`, { token: buyer.token })).status).toBe(200);
    const headers = { 'if-match': '*' };
    await api.patch(`/api/products/${id}`, { token, headers, body: { stock: 20 } });
    await api.patch(`/api/products/${id}`, { token, headers, body: { stock: 20 } });
    const movements = await api.database.query(
      'SELECT change, reason, order_id FROM stock_movements WHERE product_id = $1 ORDER BY id',
      [id],
    );
    expect(movements).toEqual([
      { change: 10, reason: 'counted', order_id: null },
      { change: -3, reason: 'ordered', order_id: kept },
      { change: -3, reason: 'ordered', order_id: cancelled },
      { change: 3, reason: 'returned', order_id: cancelled },
      { change: 13, reason: 'counted', order_id: null },
    ]);
    const amiss = await api.database.query(
      `SELECT product_id FROM stock LEFT JOIN stock_movements USING (product_id) GROUP BY product_id, quantity
       HAVING quantity <> coalesce(sum(change), 0)`,
    );
    expect(amiss).toEqual([]);
  });
});
