import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';
import { asSuperuser } from '../kit/global-setup.js';

describe('health', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  it('is live and ready while everything runs', async () => {
    for (const path of ['/health/live', '/health/ready']) {
      const answer = await api.get(path);
      expect([path, answer.status, answer.body]).toEqual([path, 200, { status: 'ok' }]);
      expect((await api.get(`/api${path}`)).status).toBe(404);
    }
  });

  it('is live and not ready while the database is away, refuses with 503 meanwhile, and comes back by itself', async () => {
    const { superuserUrl } = inject('server');
    const { name } = api.database;
    const person = await api.person();
    await asSuperuser(superuserUrl, [
      `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
    ]);
    try {
      expect((await api.get('/health/live')).status).toBe(200);
      const ready = await api.get('/health/ready');
      expect(ready.status).toBe(503);
      expect(ready.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(ready.body.code).toBe('SERVICE_UNAVAILABLE');
      const refused = await api.get('/api/orders', { token: person.token });
      expect([refused.status, refused.body.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
      expect(refused.headers.get('retry-after')).toBe('2');
      expect(refused.text).not.toMatch(/postgres|connection|database/i);
    } finally {
      await asSuperuser(superuserUrl, [`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`]);
    }
    await expect.poll(async () => (await api.get('/health/ready')).status, { timeout: 5_000 }).toBe(200);
    expect((await api.get('/api/orders', { token: person.token })).status).toBe(200);
  });
});
