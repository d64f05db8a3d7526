import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import type { Json } from '../kit/http-client.js';

describe('one’s own limits', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi({ environment: { RATE_LIMIT_FACTOR: '1', RATE_LIMIT_USER: '50/15m' } });
  });
  afterAll(() => api.close());

  const limitsOf = async ({ token }: Person): Promise<Record<string, Json>> => {
    const { status, body } = await api.get('/api/users/me/limits', { token });
    expect(status).toBe(200);
    return Object.fromEntries(body.data.map((limit: Json) => [limit.name, limit]));
  };

  it('are told with what is left of them, each of a route one may call', async () => {
    const limits = await limitsOf(await api.person());
    expect(limits['default']).toEqual({
      name: 'default',
      per: 'caller',
      quota: 50,
      windowSeconds: 900,
      remaining: 49,
      resetSeconds: 900,
    });
    expect(limits['post-orders']).toEqual({
      name: 'post-orders',
      per: 'caller',
      quota: 60,
      windowSeconds: 60,
      remaining: 60,
      resetSeconds: 0,
    });
  });

  it('are not counted by reading them, but for the one that counts every call', async () => {
    const person = await api.person();
    const before = await limitsOf(person);
    const after = await limitsOf(person);
    const changed = Object.keys(after).filter((name) => after[name].remaining !== before[name].remaining);
    expect(changed).toEqual(['default']);
    expect(after['default'].remaining).toBe(before['default'].remaining - 1);
  });

  it('are what the header fields of the calls themselves say', async () => {
    const person = await api.person();
    const { token } = person;
    const { headers } = await api.post('/api/orders', { token, body: {} });
    expect(headers.get('ratelimit')).toMatch(/"default";r=49;t=\d+, "post-orders";r=59;t=60/);
    const limits = await limitsOf(person);
    expect(limits['post-orders']).toMatchObject({ remaining: 59, resetSeconds: 60 });
    expect(limits['default'].remaining).toBe(48);
    expect((await limitsOf(await api.person()))['post-orders'].remaining).toBe(60);
  });

  it('are those of one’s account at sign-in as well, failed attempts counted', async () => {
    const person = await api.person();
    for (const password of ['a wrong one', 'another']) {
      await api.post('/api/auth/login', { body: { email: person.email, password } });
    }
    const limits = await limitsOf(person);
    expect(limits['post-auth-login-account']).toMatchObject({ per: 'account', quota: 10, remaining: 8 });
    const other = await limitsOf(await api.person());
    expect(other['post-auth-login-account'].remaining).toBe(10);
    expect(other['post-auth-login-address']).toMatchObject({ per: 'address', remaining: 28 });
  });

  it('are nobody’s without signing in', async () => {
    expect((await api.get('/api/users/me/limits')).status).toBe(401);
  });
});
