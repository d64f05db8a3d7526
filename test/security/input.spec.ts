import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import { sendVerbatim } from '../kit/http-client.js';

const product = {
  name: 'Kettle',
  description: '',
  category: 'kitchen',
  price: { amount: 1, currency: 'EUR' },
  stock: 1,
};

describe('hostile input', () => {
  let api: Api;
  let admin: Person;
  beforeAll(async () => {
    api = await startApi();
    admin = await api.person('admin');
  });
  afterAll(() => api.close());

  const countOf = async (table: string) =>
    (await api.database.query(`SELECT count(*)::int AS n FROM ${table}`))[0]?.['n'];
  const post = (path: string, raw: string) => api.post(path, { token: admin.token, raw });

  it('S39 a NUL byte, a lone surrogate or control characters are 400 wherever text goes, and nothing is written', async () => {
    const before = [await countOf('products'), await countOf('registrations'), await countOf('users')];
    for (const text of ['a\\u0000b', '\\ud800', '\\udfff x', 'line\\u0007bell', '\\u001b[31m']) {
      const escaped = (fields: object) => JSON.stringify(fields).replaceAll('TEXT', text);
      const answers = [
        await post('/api/products', escaped({ ...product, name: 'TEXT' })),
        await post('/api/products', escaped({ ...product, description: 'TEXT' })),
        await post('/api/products', escaped({ ...product, category: 'TEXT' })),
        await post('/api/users', escaped({ email: 'TEXT@example.com', name: 'N' })),
        await post('/api/users', escaped({ email: 'n@example.com', name: 'TEXT' })),
        await post('/api/auth/register', escaped({ email: 'n@example.com', name: 'TEXT', password: 'x'.repeat(9) })),
        await api.patch('/api/users/me', { token: admin.token, raw: escaped({ name: 'TEXT' }) }),
      ];
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 400));
      const login = await post('/api/auth/login', escaped({ email: 'TEXT', password: 'x'.repeat(9) }));
      expect([400, 401]).toContain(login.status);
      const secret = await post('/api/auth/login', escaped({ email: admin.email, password: 'TEXT 12345678' }));
      expect([400, 401]).toContain(secret.status);
    }
    expect([await countOf('products'), await countOf('registrations'), await countOf('users')]).toEqual(before);
  });

  it('S39 numbers past what the database holds are 400', async () => {
    for (const number of ['9223372036854775808', '1e400', '-9223372036854775809', '1e-400', '99999999999999999999']) {
      for (const field of ['stock', 'amount']) {
        const raw = JSON.stringify(product).replace(new RegExp(`"${field}":\\d+`), `"${field}":${number}`);
        const answer = await post('/api/products', raw);
        // 1e-400 is nought to JSON, and nought is an amount.
        expect([number, field, answer.status]).toEqual([number, field, number === '1e-400' ? 201 : 400]);
      }
    }
  });

  it('S39 query parameters that are repeated, nested or badly encoded are 4xx', async () => {
    for (const query of [
      'page=1&page=2',
      'page[]=1',
      'page[gt]=1',
      'sort[]=name',
      'category=a&category=b',
      'category=%',
      'category=%E0%A4%A',
      'category=%00',
      '__proto__[admin]=1',
      'constructor=x',
      '__proto__=x',
      'toString=1',
      'offset=5',
      `category=${'a'.repeat(5_000)}`,
      Array.from({ length: 2_000 }, (_, index) => `a${index}=1`).join('&'),
    ]) {
      const answer = await sendVerbatim(api.url, { path: `/api/products?${query}` });
      expect([query.slice(0, 40), answer.status]).toEqual([query.slice(0, 40), 400]);
    }
  });

  it('S40 __proto__ and constructor are refused and change nothing', async () => {
    for (const raw of [
      '{"__proto__":{"admin":true},"name":"X"}',
      '{"constructor":{"prototype":{"admin":true}},"name":"X"}',
      '{"name":"X","prototype":{"admin":true}}',
      '{"name":{"__proto__":{"length":3}}}',
      '{"\\u005f_proto__":{"admin":true},"name":"X"}',
    ]) {
      const { status } = await api.patch('/api/users/me', { token: admin.token, raw });
      expect([raw, status]).toEqual([raw, 400]);
    }
    expect(Reflect.get({}, 'admin')).toBeUndefined();
    expect((await api.get('/api/users/me', { token: admin.token })).body.data.name).toBe('Test admin');
  });

  it('S40 JSON of 45,000 levels is 400, and fast', async () => {
    const deep = (open: string, close: string) => open.repeat(45_000) + close.repeat(45_000);
    for (const raw of [
      deep('[', ']'),
      `{"items":${deep('[', ']')}}`,
      `{"name":${'{"a":'.repeat(45_000)}1${'}'.repeat(45_000)}}`,
    ]) {
      const begun = performance.now();
      const answer = await api.patch('/api/users/me', { token: admin.token, raw });
      expect(answer.status).toBe(400);
      expect(performance.now() - begun).toBeLessThan(1_000);
    }
    const order = await api.post('/api/orders', {
      token: admin.token,
      headers: { 'idempotency-key': 'deep' },
      raw: `{"items":${deep('[', ']')}}`,
    });
    expect(order.status).toBe(400);
  });

  it('S40 a body of very many small values is 400, fast and in few words', async () => {
    const many = (one: string) => `${`${one},`.repeat(100_000)}${one}`;
    const fields = Array.from({ length: 60_000 }, (_, index) => `"field${index}":1`).join(',');
    for (const raw of [`[${many('0')}]`, `[${many('{}')}]`, `{"items":[${many('{}')}]}`, `{${fields}}`]) {
      const begun = performance.now();
      const answer = await api.post('/api/auth/login', { raw });
      expect(answer.status).toBe(400);
      expect(answer.text.length).toBeLessThan(1_000);
      expect(performance.now() - begun).toBeLessThan(1_000);
    }
  });

  it('S40 a body that says it is compressed is refused', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const answer = await sendVerbatim(api.url, {
      method: 'POST',
      path: '/api/auth/login',
      headers,
      raw: Buffer.alloc(64, 31),
    });
    expect([400, 413, 415]).toContain(answer.status);
  });
});
