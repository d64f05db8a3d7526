import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import { type Answer, send } from '../kit/http-client.js';
import { stockOf } from '../kit/order.js';
import { type Running, start } from '../kit/processes.js';
import { createTestDatabase, type TestDatabase } from '../kit/test-database.js';
import { until } from '../kit/until.js';

const many = 40;

describe('S56 an order whose process is killed', () => {
  let database: TestDatabase;
  /** Makes people and products; the orders are placed with processes of their own. */
  let api: Api;
  let buyer: Person;
  let process: Running;
  let url: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    api = await startApi({ database, environment: { JOBS: 'worker' } });
    buyer = await api.person();
    await begin();
  });
  afterAll(async () => {
    await process.stop();
    await api.close();
    await database.drop();
  });

  const begin = async (): Promise<void> => {
    const { secrets } = inject('server');
    const environment = { NODE_ENV: 'development', DATABASE_URL: database.url, DEMO_DATA: 'false', JOBS: 'worker' };
    process = start('api', [], { ...environment, ...secrets, RATE_LIMIT_FACTOR: '1000' });
    url = await process.listening();
  };
  const place = (productId: string, key: string): Promise<Answer> =>
    send(`${url}/api/orders`, 'POST', {
      token: buyer.token,
      headers: { 'idempotency-key': key },
      body: { items: [{ productId, quantity: 1 }] },
    });
  /** Again until the dead process' transaction is over: its lock says so. */
  const insist = async (productId: string, key: string): Promise<Answer> => {
    let answer = await place(productId, key);
    await until('the order is placed', async () => {
      if (answer.status === 409) answer = await place(productId, key);
      return answer.status === 201;
    });
    return answer;
  };
  const ordersOf = async (productId: string): Promise<number> =>
    (await database.query('SELECT FROM order_lines WHERE product_id = $1', [productId])).length;

  it('S56 in the middle of its transaction is placed once by whoever tries again with the key', async () => {
    const productId = await api.product({ stock: 10 });
    // Somebody holds the stock, so that the order gets as far as that and no further.
    const holder = new pg.Client({ connectionString: database.superuserUrl });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM stock WHERE product_id = $1 FOR UPDATE', [productId]);
    const lost = place(productId, 'killed').then(
      ({ status }) => status,
      () => 'no answer',
    );
    await until('the order waits for the stock', async () => {
      const waiting = await database.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return waiting.length === 1;
    });
    process.signal('SIGKILL');
    expect(await lost).toBe('no answer');
    await begin();
    const meanwhile = await place(productId, 'killed');
    expect([meanwhile.status, meanwhile.body.code]).toEqual([409, 'REQUEST_IN_PROGRESS']);
    await holder.query('ROLLBACK');
    await holder.end();
    const answer = await insist(productId, 'killed');
    expect((await place(productId, 'killed')).text).toBe(answer.text);
    expect([await ordersOf(productId), await stockOf(api, productId)]).toEqual([1, 9]);
  });

  it.each([15, 60])(
    'S56 %i ms after 40 of them were sent has placed each once, and has its mail waiting, when all are tried again',
    async (ms) => {
      const productId = await api.product({ stock: 1_000 });
      const keys = Array.from({ length: many }, (_, index) => `killed-${ms}-${index}`);
      const first = keys.map((key) => place(productId, key).catch(() => undefined));
      await pause(ms);
      process.signal('SIGKILL');
      const answered = await Promise.all(first);
      await begin();
      const again = await Promise.all(keys.map((key) => insist(productId, key)));
      expect(new Set(again.map(({ body }) => body.data.id)).size).toBe(many);
      for (const [index, answer] of answered.entries()) {
        if (answer?.status === 201) expect(again[index]?.text).toBe(answer.text);
      }
      expect([await ordersOf(productId), await stockOf(api, productId)]).toEqual([many, 1_000 - many]);
      const [{ keptKeys } = { keptKeys: 0 }] = await database.query<{ keptKeys: number }>(
        `SELECT count(*)::int AS "keptKeys" FROM idempotency_keys WHERE key LIKE 'killed-' || $1 || '-%'`,
        [String(ms)],
      );
      expect(keptKeys).toBe(many);
      const [told] = await database.query<{ mails: number; orders: number }>(
        `SELECT (SELECT count(*) FROM pgboss.job WHERE data->>'name' = 'orders.mail')::int AS mails,
              (SELECT count(*) FROM orders)::int AS orders`,
      );
      expect(told?.mails).toBe(told?.orders);
    },
  );
});
