import { Agent, get } from 'node:http';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { asSuperuser } from '../kit/global-setup.js';
import { send } from '../kit/http-client.js';
import { type Running, start } from '../kit/processes.js';
import { createTestDatabase, type TestDatabase } from '../kit/test-database.js';

let database: TestDatabase;
const started: Running[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  for (const running of started) await running.stop();
  await database.drop();
});

const limits = { RATE_LIMIT_ANONYMOUS: '1000000/15m', RATE_LIMIT_USER: '1000000/15m', RATE_LIMIT_FACTOR: '10000' };

async function startProcess(environment: Record<string, string> = {}): Promise<{ api: Running; url: string }> {
  const { secrets } = inject('server');
  const own = { NODE_ENV: 'development', DATABASE_URL: database.url, DEMO_DATA: 'false', ...secrets, ...limits };
  const api = start('api', [], { ...own, ...environment });
  started.push(api);
  return { api, url: await api.listening() };
}

describe('SIGTERM under load', () => {
  it('drops no request of 50 clients on kept-alive connections and exits with 0 within 10 s', async () => {
    const { api, url } = await startProcess();
    const agent = new Agent({ keepAlive: true, maxSockets: 50 });
    let answered = 0;
    const failures: string[] = [];
    let closing = false;
    const request = () =>
      new Promise<number>((resolve, reject) => {
        get(`${url}/api/products?limit=5`, { agent }, (answer) => {
          answer.resume();
          answer.once('end', () => resolve(answer.statusCode ?? 0));
        }).once('error', reject);
      });
    const connected = new Set<number>();
    const client = async (_: unknown, index: number) => {
      for (;;) {
        try {
          const status = await request();
          if (status === 200) answered += 1;
          else failures.push(String(status));
          connected.add(index);
        } catch (error) {
          const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
          // Once the listener is closed a new connection is refused, which drops nothing that was accepted.
          if (closing && code === 'ECONNREFUSED') return;
          failures.push(String(code));
          return;
        }
      }
    };
    const clients = Array.from({ length: 50 }, client);
    while (connected.size < 50 || answered < 500) await new Promise((resolve) => setTimeout(resolve, 10));
    closing = true;
    const signalledAt = Date.now();
    api.signal('SIGTERM');
    expect(await api.exit()).toBe(0);
    expect(Date.now() - signalledAt).toBeLessThan(10_000);
    await Promise.all(clients);
    agent.destroy();
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(200);
  });
});

describe('Redis away', () => {
  it('at the start: the API starts, limits and cache go on in its own memory', async () => {
    const { url } = await startProcess({ REDIS_URL: 'redis://127.0.0.1:9', RATE_LIMIT_ANONYMOUS: '4/15m' });
    const statuses: number[] = [];
    for (let call = 0; call < 6; call += 1) {
      const begun = performance.now();
      statuses.push((await send(`${url}/api/products`, 'GET')).status);
      expect(performance.now() - begun).toBeLessThan(2_000);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
  });
});

describe('PostgreSQL away', () => {
  it('is 503 with Retry-After within 2.5 s, and served again once it is back', async () => {
    const { api, url } = await startProcess();
    expect((await send(`${url}/api/products`, 'GET')).status).toBe(200);
    const { superuserUrl } = inject('server');
    await asSuperuser(superuserUrl, [`ALTER DATABASE ${database.name} ALLOW_CONNECTIONS false`]);
    await asSuperuser(superuserUrl, [
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database.name}'`,
    ]);
    const begun = performance.now();
    const answer = await send(`${url}/api/products?page=2`, 'GET');
    expect(performance.now() - begun).toBeLessThan(2_500);
    expect(answer.status, api.output).toBe(503);
    expect(answer.body.code).toBe('SERVICE_UNAVAILABLE');
    expect(answer.headers.get('retry-after')).toBe('2');
    expect((await send(`${url}/health/live`, 'GET')).status).toBe(200);
    expect((await send(`${url}/health/ready`, 'GET')).status).toBe(503);
    await asSuperuser(superuserUrl, [`ALTER DATABASE ${database.name} ALLOW_CONNECTIONS true`]);
    expect((await send(`${url}/api/products?page=2`, 'GET')).status).toBe(200);
    expect((await send(`${url}/health/ready`, 'GET')).status).toBe(200);
  });
});
