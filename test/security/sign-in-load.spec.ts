import { performance } from 'node:perf_hooks';
import { hash } from '@node-rs/argon2';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { send } from '../kit/http-client.js';
import { type Running, start } from '../kit/processes.js';
import { createTestDatabase, type TestDatabase } from '../kit/test-database.js';

const password = 'correct horse battery';
const clients = 200;

describe('a rush of sign-ins', { timeout: 180_000 }, () => {
  let database: TestDatabase;
  let api: Running;
  let url: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    const passwordHash = await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    await database.query(
      `INSERT INTO users (id, email, canonical_email, name, password_hash, role, created_at, updated_at)
       SELECT gen_random_uuid(), email, email, 'Client', $1, 'customer', now(), now()
       FROM generate_series(0, $2) n, LATERAL (SELECT 'client' || n || '@example.com' AS email) e`,
      [passwordHash, clients],
    );
    const { secrets } = inject('server');
    const generous = {
      RATE_LIMIT_ANONYMOUS: '1000000/15m',
      RATE_LIMIT_USER: '1000000/15m',
      RATE_LIMIT_FACTOR: '10000',
    };
    const own = { NODE_ENV: 'development', DATABASE_URL: database.url, DEMO_DATA: 'false', LOG_LEVEL: 'error' };
    // A slow machine shall hash for as long as it takes: this is about those who want something else meanwhile.
    const patient = { HANDLER_TIMEOUT_MS: '120000', REQUEST_TIMEOUT_MS: '120000' };
    api = start('api', [], { ...own, ...patient, ...generous, ...secrets });
    url = await api.listening();
  });
  afterAll(async () => {
    await api.stop();
    await database.drop();
  });

  const signIn = (n: number) =>
    send(`${url}/api/auth/login`, 'POST', { body: { email: `client${n}@example.com`, password } });
  const percentile99 = (times: readonly number[]) =>
    times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1];

  it('S20 of 200 at once keeps nobody else waiting: 99 of 100 other answers come within 500 ms', async () => {
    const { body } = await signIn(clients);
    const token: string = body.data.accessToken;
    const others: Record<string, number[]> = { '/health/live': [], '/api/auth/session': [] };
    let over = false;
    const asking = Object.entries(others).map(async ([path, times]) => {
      while (!over) {
        const begun = performance.now();
        const { status } = await send(`${url}${path}`, 'GET', path.startsWith('/api') ? { token } : {});
        times.push(performance.now() - begun);
        expect(status).toBe(200);
      }
    });
    const answers = await Promise.all(Array.from({ length: clients }, (_, n) => signIn(n)));
    over = true;
    await Promise.all(asking);
    // The queue takes 300, so nobody is turned away.
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    for (const [path, times] of Object.entries(others)) {
      expect([path, times.length]).toEqual([path, expect.toSatisfy((count: number) => count >= 100)]);
      expect([path, percentile99(times)]).toEqual([path, expect.toSatisfy((ms: number) => ms < 500)]);
    }
  });

  it('S20 of more than the queue takes is turned away at once, and told when to come again', async () => {
    const answers = await Promise.all(Array.from({ length: 2 * clients }, (_, n) => signIn(n % clients)));
    const refused = answers.filter(({ status }) => status !== 200);
    for (const { status, headers, body } of refused) {
      expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'SERVICE_UNAVAILABLE', '2']);
    }
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(300);
  });
});
