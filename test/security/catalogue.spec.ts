import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';

describe('a list that is asked for what it does not offer', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
    for (let index = 0; index < 5; index += 1) await api.product({ name: `Gate ${index}` });
  });
  afterAll(() => api.close());

  const list = (query: string) => api.get(`/api/products?${query}`);

  it('S38 refuses a cursor that was made up, changed, or belongs to another sort or filter', async () => {
    const cursor: string = (await list('limit=2')).body.pagination.nextCursor;
    expect((await list(`limit=2&cursor=${cursor}`)).status).toBe(200);
    const [payload = '', tag = ''] = cursor.split('.');
    const forged = Buffer.from(JSON.stringify(['2026-01-01', "' OR 1=1 --"])).toString('base64url');
    const wrong = [
      ...[`${forged}.${tag}`, `${payload}.${'A'.repeat(22)}`, `${payload}.`, `.${tag}`, payload, '..', '%00'],
      ...[`${cursor}&sort=name`, `${cursor}&category=lighting`, `${cursor}&q=gate`, `${cursor}&minPrice=1`],
      ...[`${cursor}&inStock=true`, `${cursor}&page=2`, `${cursor}&cursor=${cursor}`, 'x'.repeat(3_000)],
    ];
    for (const text of wrong) {
      const answer = await list(`limit=2&cursor=${text}`);
      expect([text, answer.status, answer.body.errors?.[0]?.field]).toEqual([text, 400, 'cursor']);
    }
    expect((await list(`limit=3&cursor=${cursor}`)).status).toBe(200);
  });

  it('S38 takes words for words, whatever they would be as a statement or a query of the search', async () => {
    for (const q of ["'); select pg_sleep(2) --", 'a & | ! <-> :*', '"', '-', '((((', '\\', '%_%', 'ﬁ\u202e', '☃']) {
      const begun = performance.now();
      const answer = await list(`q=${encodeURIComponent(q)}`);
      expect([q, answer.status, answer.body.data]).toEqual([q, 200, []]);
      expect(performance.now() - begun).toBeLessThan(1_500);
    }
  });

  it('S39 refuses words, prices and stocks that are none', async () => {
    const wrong: Record<string, string[]> = {
      q: ['', '%20', '%00', 'a%00b', 'x'.repeat(201), 'a&q=b'],
      minPrice: ['-1', '1.5', 'x', '', '2147483648', '9223372036854775808', 'NaN', '1&minPrice=2'],
      maxPrice: ['-1', '1e99', '0x', 'Infinity'],
      inStock: ['yes', '1', '', 'TRUE', 'true&inStock=false'],
    };
    for (const [field, values] of Object.entries(wrong)) {
      for (const value of values) {
        const answer = await list(`${field}=${value}`);
        expect([field, value, answer.status]).toEqual([field, value, 400]);
      }
    }
  });
});
