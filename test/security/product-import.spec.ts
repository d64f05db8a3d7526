import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import { sendVerbatim } from '../kit/http-client.js';
import { until } from '../kit/until.js';

const limit = 100_000;
const good = { name: 'A', description: '', category: 'inert', price: { amount: 1, currency: 'EUR' }, stock: 1 };

describe('an upload by somebody who means no good', () => {
  let api: Api;
  let manager: Person;
  beforeAll(async () => {
    api = await startApi({ environment: { IMPORT_LIMIT: String(limit) } });
    manager = await api.person('manager');
  });
  afterAll(() => api.close());

  const upload = (raw: string | Buffer, headers: Record<string, string> = {}, person = manager) =>
    sendVerbatim(api.url, {
      method: 'POST',
      path: '/api/products/import',
      raw,
      headers: { authorization: `Bearer ${person.token}`, 'content-type': 'text/csv', ...headers },
    });
  const kept = async () =>
    (
      await api.database.query(
        'SELECT (SELECT count(*) FROM product_imports)::int AS imports, (SELECT count(*) FROM products)::int AS products',
      )
    )[0];
  const refusals = async (raw: string): Promise<[number, string][]> => {
    const { id } = (await upload(raw, { 'content-type': 'application/x-ndjson' })).body.data;
    const told = async () => (await api.get(`/api/products/import/${id}`, { token: manager.token })).body.data;
    await until('it is refused', async () => (await told()).state === 'refused');
    return (await told()).errors.map(({ line, field }: { line: number; field: string }) => [line, field]);
  };

  it('S40 is 413 beyond the limit, by its length or by its bytes, and nothing is kept', async () => {
    const before = await kept();
    const announced = await upload('x', { 'content-length': String(limit + 1) }).catch(() => undefined);
    expect(announced?.status ?? 413).toBe(413);
    const streamed = await upload('x'.repeat(limit + 1), { 'transfer-encoding': 'chunked' });
    expect([streamed.status, streamed.body.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    expect(await kept()).toEqual(before);
  });

  it('S40 is 415 as anything else, in another encoding or compressed; 400 where it is no UTF-8', async () => {
    const before = await kept();
    for (const type of [
      'text/plain',
      'application/json',
      'multipart/form-data',
      'text/csv; charset=utf-16',
      'text/html',
    ]) {
      const { status, body } = await upload('[]', { 'content-type': type });
      expect([type, status, body.code]).toEqual([type, 415, 'UNSUPPORTED_MEDIA_TYPE']);
    }
    expect((await upload('x', { 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await upload(Buffer.from([0x61, 0xff, 0xfe]))).status).toBe(400);
    expect((await upload(Buffer.from([0x61, 0xc3]))).status).toBe(400);
    expect(await kept()).toEqual(before);
  });

  it('S40 streams nowhere else: other routes refuse those types', async () => {
    for (const type of ['text/csv', 'application/x-ndjson']) {
      const { status } = await api.post('/api/products', {
        token: manager.token,
        raw: '{}',
        headers: { 'content-type': type },
      });
      expect([type, status]).toEqual([type, 415]);
    }
  });

  it('S30 is answered before it is read where its sender may not', async () => {
    const customer = await api.person();
    const before = await kept();
    expect((await upload('x', {}, customer)).status).toBe(403);
    expect(await kept()).toEqual(before);
  });

  it('S37 S39 S54 holds no fields, texts, numbers or nesting that POST /products refuses', async () => {
    const before = (await kept())?.['products'];
    const rows = [
      { ...good, id: '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e' },
      { ...good, name: 'a\u0000b' },
      { ...good, price: { amount: 2 ** 63, currency: 'EUR' } },
      { ...good, stock: '1e3' },
      { ...good, price: { amount: -1, currency: 'EUR' } },
    ].map((row) => JSON.stringify(row));
    const json = JSON.stringify(good).slice(0, -1);
    const raw = [
      ...rows,
      `${json},"__proto__":{"stock":9}}`,
      `${json},"constructor":1}`,
      JSON.stringify({ ...good, name: '\ud800' }),
      '['.repeat(45_000),
    ];
    const errors = await refusals(raw.join('\n'));
    expect(errors).toEqual([
      [1, 'id'],
      [2, 'name'],
      [3, 'price.amount'],
      [4, 'stock'],
      [5, 'price.amount'],
      [6, '__proto__'],
      [7, 'constructor'],
      [8, 'name'],
      [9, ''],
    ]);
    expect((await kept())?.['products']).toBe(before);
  });

  it('leaves nothing behind when its sender goes away in the middle', async () => {
    const before = await kept();
    const { hostname, port } = new URL(api.url);
    const headers = { authorization: `Bearer ${manager.token}`, 'content-type': 'text/csv' };
    const sent = request({ hostname, port, method: 'POST', path: '/api/products/import', headers });
    sent.on('error', () => undefined);
    sent.write('x'.repeat(50_000));
    const imports = async () => (await kept())?.['imports'];
    await until('it arrives', async () => (await imports()) === before?.['imports'] + 1);
    sent.destroy();
    await until('it is forgotten', async () => (await imports()) === before?.['imports']);
  });
});
