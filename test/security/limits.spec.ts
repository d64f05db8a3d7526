import { Public, RateLimit } from '@gatehouse/access';
import { Controller, Get, Module } from '@nestjs/common';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { type Api, type ApiOptions, startApi } from '../kit/api.js';

@Controller('limited')
@Public()
class LimitedController {
  @Get()
  @RateLimit(5, '1m')
  five(): string {
    return 'passed';
  }
}

@Module({ controllers: [LimitedController] })
class LimitedModule {}

const modules = [LimitedModule];

describe('calling more often than allowed', () => {
  const open: Api[] = [];
  const start = async (options: ApiOptions) => {
    const api = await startApi(options);
    open.push(api);
    return api;
  };
  afterEach(async () => {
    for (const api of open.splice(0).reverse()) await api.close();
  });
  const limited = { modules, environment: { RATE_LIMIT_FACTOR: '1' } };
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
  const passed = async (calls: readonly Promise<{ status: number }>[]) => {
    const answers = await Promise.all(calls);
    for (const { status } of answers) expect([200, 429]).toContain(status);
    return answers.filter(({ status }) => status === 200).length;
  };
  const times = <T>(count: number, work: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => work(i));

  it('S46 exactly five of 200 parallel calls pass, and five more in the next window', async () => {
    const api = await start(limited);
    api.clock.hold();
    expect(await passed(times(200, () => api.get('/api/limited')))).toBe(5);
    // The window is Redis' own where there is one, and no clock of a test moves that.
    if (inject('server').redisUrl !== undefined) return;
    api.clock.advance(59_000);
    expect(await passed([api.get('/api/limited')])).toBe(0);
    api.clock.advance(1_000);
    expect(await passed(times(50, () => api.get('/api/limited')))).toBe(5);
  });

  it('S46 three processes count together where they share Redis, and each by itself where they share none', async () => {
    const first = await start(limited);
    const processes = [first, ...(await Promise.all(times(2, () => start({ ...limited, database: first.database }))))];
    const calls = times(200, (index) => processes[index % 3] ?? first).map((api) => api.get('/api/limited'));
    expect(await passed(calls)).toBe(inject('server').redisUrl === undefined ? 15 : 5);
  });

  it('S46 a user has a bucket of their own, wherever they call from', async () => {
    const api = await start({ environment: { RATE_LIMIT_USER: '3/1m', RATE_LIMIT_ANONYMOUS: '1/1m' } });
    const [one, other] = [await api.person(), await api.person()];
    const calls = (token: string) => times(10, () => api.get('/api/auth/session', { token }));
    expect(await passed(calls(one.token))).toBe(3);
    expect(await passed(calls(other.token))).toBe(3);
  });

  it('says what is allowed, what is left and when to come again', async () => {
    const api = await start(limited);
    const first = await api.get('/api/limited');
    expect(first.headers.get('ratelimit-policy')).toContain('"LimitedController.five";q=5;w=60');
    expect(first.headers.get('ratelimit')).toMatch(/"LimitedController\.five";r=4;t=60/);
    await Promise.all(times(4, () => api.get('/api/limited')));
    const refused = await api.get('/api/limited');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(refused.body).toMatchObject({ code: 'TOO_MANY_REQUESTS', status: 429 });
    expect(refused.headers.get('ratelimit')).toMatch(/"LimitedController\.five";r=0/);
    const wait = Number(refused.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(50);
    expect(wait).toBeLessThanOrEqual(60);
  });

  it('S47 a spoofed X-Forwarded-For changes nothing', async () => {
    const api = await start(limited);
    expect(await passed(times(50, (index) => api.get('/api/limited', from(`203.0.113.${index}`))))).toBe(5);
  });

  it('S47 a trusted hop tells the address, and what stands before it in the header is not believed', async () => {
    const api = await start({ ...limited, environment: { ...limited.environment, TRUSTED_PROXIES: '127.0.0.0/8' } });
    for (const address of ['203.0.113.1', '203.0.113.2']) {
      expect(await passed(times(10, () => api.get('/api/limited', from(address))))).toBe(5);
    }
    const spoofed = times(10, (index) => api.get('/api/limited', from(`198.51.100.${index}, 203.0.113.3`)));
    expect(await passed(spoofed)).toBe(5);
  });

  it('S47 an IPv6 client counts as its /64, and the next /64 is another', async () => {
    const api = await start({ ...limited, environment: { ...limited.environment, TRUSTED_PROXIES: '127.0.0.1' } });
    const within = (prefix: string) =>
      times(20, (index) => api.get('/api/limited', from(`${prefix}:${index + 1}::${index}`)));
    expect(await passed(within('2001:db8:0:1'))).toBe(5);
    expect(await passed(within('2001:db8:0:2'))).toBe(5);
    const mapped = times(20, (index) => api.get('/api/limited', from(`::ffff:203.0.113.${index % 2}`)));
    expect(await passed(mapped)).toBe(10);
  });

  it('failed sign-ins count against the limit of the account, which another account does not share', async () => {
    const api = await start({ environment: { RATE_LIMIT_FACTOR: '1' } });
    const [one, other] = [await api.person(), await api.person()];
    const signIn = (email: string, password: string) => api.post('/api/auth/login', { body: { email, password } });
    const guesses = await Promise.all(times(12, (index) => signIn(one.email.toUpperCase(), `guess number ${index}`)));
    expect(guesses.filter(({ status }) => status === 401)).toHaveLength(10);
    expect((await signIn(one.email, one.password)).status).toBe(429);
    expect((await signIn(other.email, other.password)).status).toBe(200);
  });

  it('a bad token counts against the address', async () => {
    const api = await start({ environment: { RATE_LIMIT_ANONYMOUS: '3/1m' } });
    const answers = await Promise.all(times(10, (index) => api.get('/api/auth/session', { token: `forged-${index}` })));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(7);
  });

  it('probes are never limited', async () => {
    const api = await start({ environment: { RATE_LIMIT_ANONYMOUS: '1/1m' } });
    expect(await passed(times(50, () => api.get('/health/live')))).toBe(50);
  });
});
