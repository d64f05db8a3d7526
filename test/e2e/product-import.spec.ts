import { JobScheduler } from '@gatehouse/platform/jobs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import type { Answer, Json } from '../kit/http-client.js';
import { until } from '../kit/until.js';

const header = 'name,description,category,price,currency,stock';

describe('a file of products', () => {
  let api: Api;
  let manager: Person;
  beforeAll(async () => {
    api = await startApi();
    manager = await api.person('manager');
  });
  afterAll(() => api.close());

  const upload = (raw: string, type = 'text/csv', { token } = manager): Promise<Answer> =>
    api.post('/api/products/import', { token, raw, headers: { 'content-type': type } });
  const told = async (id: string): Promise<Json> =>
    (await api.get(`/api/products/import/${id}`, { token: manager.token })).body.data;
  const outcome = async (answer: Answer): Promise<Json> => {
    expect([answer.status, answer.body]).toEqual([202, expect.anything()]);
    const { id } = answer.body.data;
    await until('it is worked off', async () => !['waiting', 'running'].includes((await told(id)).state), 30_000);
    return told(id);
  };
  const listed = async (category: string): Promise<Json[]> =>
    (await api.get(`/api/products?category=${category}&sort=name`)).body.data;
  const count = async (sql: string): Promise<number> => (await api.database.query(sql))[0]?.['n'];
  const products = () => count('SELECT count(*)::int AS n FROM products');

  it('comes in as CSV: every row, with its stock, its movement and its entry in the trail', async () => {
    const before = (await api.get('/api/products?category=csv')).body.pagination.total;
    const rows = ['"Door, ""old""","of\ntwo lines",csv,1999,EUR,3', 'Éclair ☃,,csv,0,JPY,0'];
    const done = await outcome(await upload(`\uFEFF${[header, ...rows].join('\r\n')}\r\n`));
    expect(done).toMatchObject({ state: 'done', format: 'csv', rows: 2, errorCount: 0, errors: [] });
    expect(done.progress).toEqual({ done: 4, total: 4 });
    expect([before, await listed('csv')]).toMatchObject([
      0,
      [
        { name: 'Door, "old"', description: 'of\ntwo lines', price: { amount: 1999, currency: 'EUR' }, stock: 3 },
        { name: 'Éclair ☃', description: '', price: { amount: 0, currency: 'JPY' }, stock: 0 },
      ],
    ]);
    const [door] = await api.database.query(
      `SELECT m.change, m.reason, a.actor_id AS actor FROM products p JOIN stock_movements m ON m.product_id = p.id
       JOIN audit_entries a ON a.resource_id = p.id::text WHERE p.category = 'csv' AND a.action = 'product.created'`,
    );
    expect(door).toEqual({ change: 3, reason: 'counted', actor: manager.id });
    expect(await count('SELECT count(*)::int AS n FROM product_import_chunks')).toBe(0);
  });

  it('comes in as NDJSON, of what POST /products takes', async () => {
    const product = {
      name: 'Ring',
      description: '',
      category: 'ndjson',
      price: { amount: 5, currency: 'EUR' },
      stock: 1,
    };
    const done = await outcome(
      await upload(`${JSON.stringify(product)}\n\n${JSON.stringify(product)}`, 'application/x-ndjson'),
    );
    expect(done).toMatchObject({ state: 'done', rows: 2 });
    expect(await listed('ndjson')).toMatchObject([product, product]);
  });

  it('is refused wholly where a row is wrong, with the line, the field and what is wrong with it', async () => {
    const before = await products();
    const rows = [
      'Good,"a\nb",bad,1,EUR,1',
      'Bad,x,Bad!,1.5,EUR,-1',
      'Short,x',
      ' ,x,bad,1,ZZZ,1e3',
      'Good,x,bad,1,EUR,1',
    ];
    const refused = await outcome(await upload([header, ...rows].join('\n')));
    expect(refused).toMatchObject({ state: 'refused', rows: 5, errorCount: 7 });
    expect(refused.errors.map(({ line, field }: Json) => [line, field])).toEqual([
      [4, 'category'],
      [4, 'price'],
      [4, 'stock'],
      [5, ''],
      [6, 'name'],
      [6, 'currency'],
      [6, 'stock'],
    ]);
    expect(refused.errors[3].message).toBe('has 2 columns instead of 6');
    expect([await products(), await count('SELECT count(*)::int AS n FROM product_import_chunks')]).toEqual([
      before,
      0,
    ]);
  });

  it.each([
    ['text/csv', '', 1, 'the file is empty'],
    ['text/csv', 'name,price\nA,1', 1, `the first line must name the columns ${header.replaceAll(',', ', ')}`],
    ['text/csv', `${header}\nA,b,c,1,EUR,1\n"A" b,b,c,1,EUR,1`, 3, 'is not CSV from here on (RFC 4180)'],
    ['text/csv', `${header}\n"${'x'.repeat(100_000)}`, 2, 'is not CSV from here on (RFC 4180)'],
    ['application/x-ndjson', '', 1, 'the file is empty'],
    ['application/x-ndjson', '\n{"name":', 2, 'is not JSON'],
    ['application/x-ndjson', '[1]', 1, 'is not a JSON object'],
    ['application/x-ndjson', `\n"${'x'.repeat(400_000)}"`, 2, 'is longer than 65536 characters'],
  ])('is refused as %s that is none: %#', async (type, raw, line, message) => {
    const before = await products();
    const refused = await outcome(await upload(raw, type));
    expect(refused).toMatchObject({ state: 'refused', errorCount: 1, errors: [{ line, field: '', message }] });
    expect(await products()).toBe(before);
  });

  it('tells a hundred errors and counts the rest', async () => {
    const { errors, errorCount } = await outcome(await upload('{}\n'.repeat(150), 'application/x-ndjson'));
    expect([errors.length, errorCount]).toEqual([100, 750]);
  });

  it('brings nothing, of 5,000 rows, where the last one fails in the database', async () => {
    await api.database.query("ALTER TABLE products ADD CONSTRAINT fails CHECK (name <> 'row 4999')");
    const before = await products();
    const rows = Array.from({ length: 5_000 }, (_, n) => `row ${n},x,large,1,EUR,1`);
    const { id, jobId } = (await upload([header, ...rows].join('\n'))).body.data;
    await until(
      'it has failed',
      async () => {
        const [job] = await api.database.query("SELECT FROM pgboss.job WHERE id = $1 AND state = 'retry'", [jobId]);
        return job !== undefined;
      },
      60_000,
    );
    expect([await products(), (await told(id)).state]).toEqual([before, 'waiting']);
    await api.database.query('ALTER TABLE products DROP CONSTRAINT fails');
    await until('it is tried again', async () => (await told(id)).state === 'done', 60_000);
    expect((await products()) - before).toBe(5_000);
    const [ledger] = await api.database.query(
      `SELECT count(*)::int AS n FROM stock s WHERE quantity <> (SELECT coalesce(sum(change), 0) FROM stock_movements m WHERE m.product_id = s.product_id)`,
    );
    expect(ledger).toEqual({ n: 0 });
  }, 120_000);

  it('is forgotten when it never arrived wholly', async () => {
    await api.database.query(
      `INSERT INTO product_imports (id, user_id, format, state, bytes, created_at)
       VALUES (uuid_v7(), $1, 'csv', 'arriving', 0, now() - interval '2 h')`,
      [manager.id],
    );
    api.clock.advance(6 * 3_600_000);
    await api.app.get(JobScheduler).tick();
    await until(
      'it is gone',
      async () => (await count("SELECT count(*)::int AS n FROM product_imports WHERE state = 'arriving'")) === 0,
    );
  });
});
