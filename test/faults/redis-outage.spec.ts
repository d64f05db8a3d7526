import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';
import { Wire } from '../kit/wire.js';

const { redisUrl } = inject('server');
/** Where no Redis is given the service has none either, and its outage is that of an address where nobody listens. */
const redis = new URL(redisUrl ?? 'redis://127.0.0.1:9');

describe('a Redis that goes away while the service runs', () => {
  const wire = new Wire(redis.hostname, Number(redis.port || 6379));
  let api: Api;
  beforeAll(async () => {
    const port = await wire.open();
    api = await startApi({ environment: { REDIS_URL: `redis://127.0.0.1:${port}` } });
  });
  afterAll(async () => {
    await api.close();
    wire.close();
  });

  const slowestOf = async (calls: number, path: string, token?: string) => {
    let slowest = 0;
    for (let call = 0; call < calls; call += 1) {
      const begun = performance.now();
      const { status } = await api.get(`${path}${path.includes('?') ? '&' : '?'}limit=${(call % 50) + 1}`, { token });
      expect(status).toBe(200);
      slowest = Math.max(slowest, performance.now() - begun);
    }
    return slowest;
  };

  it.each([
    ['frozen', () => wire.freeze()],
    ['dead', () => wire.cut()],
  ])('%s: every request is answered, and a session that ended stays ended', async (_state, outage) => {
    wire.mend();
    const person = await api.person();
    await slowestOf(5, '/api/products');
    outage();
    expect(await slowestOf(50, '/api/products?page=1')).toBeLessThan(1_000);
    expect((await api.get('/api/auth/session', { token: person.token })).status).toBe(200);
    expect((await api.post('/api/auth/logout', { token: person.token })).status).toBe(204);
    expect((await api.get('/api/auth/session', { token: person.token })).status).toBe(401);
    wire.mend();
    expect((await api.get('/api/auth/session', { token: person.token })).status).toBe(401);
    expect(await slowestOf(20, '/api/products')).toBeLessThan(1_000);
  });
});
