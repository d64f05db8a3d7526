import { Public, RateLimit } from '@gatehouse/access';
import { RedisConnection } from '@gatehouse/platform/redis';
import { Body, Controller, Get, HttpCode, Module, Post } from '@nestjs/common';
import { IsEmail } from 'class-validator';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { type Api, type ApiOptions, startApi } from '../kit/api.js';
import { type Answer, send } from '../kit/http-client.js';
import { start as startProcess } from '../kit/processes.js';
import { createTestDatabase } from '../kit/test-database.js';

class NamedDto {
  @IsEmail()
  email!: string;
}

@Controller('limited')
@Public()
class LimitedController {
  @Get()
  @RateLimit(5, '1m')
  five(): string {
    return 'passed';
  }

  @Post()
  @HttpCode(200)
  @RateLimit(3, '1h', { per: 'account' })
  @RateLimit(2, '1m', { per: 'address' })
  named(@Body() _: NamedDto): string {
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
  const inMemory = { REDIS_URL: '' };
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
  const passed = async (calls: readonly Promise<{ status: number }>[]) => {
    const answers = await Promise.all(calls);
    for (const { status } of answers) expect([200, 429]).toContain(status);
    return answers.filter(({ status }) => status === 200).length;
  };
  const times = <T>(count: number, work: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => work(i));

  it("S46 exactly five of 200 parallel calls pass, where the count is Redis'", async () => {
    const api = await start(limited);
    expect(await passed(times(200, () => api.get('/api/limited')))).toBe(5);
  });

  it('S46 exactly five of 200 parallel calls pass in memory, and five more in the next window', async () => {
    const api = await start({ ...limited, environment: { ...limited.environment, ...inMemory } });
    api.clock.hold();
    expect(await passed(times(200, () => api.get('/api/limited')))).toBe(5);
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

  it('S46 the same of three processes of the product', async () => {
    const { secrets, redisUrl } = inject('server');
    const database = await createTestDatabase();
    const shared = redisUrl === undefined ? {} : { REDIS_URL: redisUrl, REDIS_PREFIX: `${database.name}:` };
    const own = {
      NODE_ENV: 'development',
      DATABASE_URL: database.url,
      DEMO_DATA: 'false',
      RATE_LIMIT_ANONYMOUS: '5/1h',
    };
    const processes = times(3, () => startProcess('api', [], { ...own, ...shared, ...secrets }));
    try {
      const urls = await Promise.all(processes.map((one) => one.listening()));
      const call = (index: number) => send(`${urls[index % 3]}/api/auth/session`, 'GET');
      const admitted = async () => (await Promise.all(times(200, call))).filter(({ status }) => status === 401).length;
      expect(await admitted()).toBe(redisUrl === undefined ? 15 : 5);
      expect(await admitted()).toBe(0);
    } finally {
      await Promise.all(processes.map((one) => one.stop()));
      await database.drop();
    }
  });

  it('S46 a window ends by itself, timed by Redis where there is one and not by the clock of a process', async () => {
    const api = await start({ environment: { RATE_LIMIT_ANONYMOUS: '3/2s' } });
    const status = async () => (await api.get('/api/auth/session')).status;
    await expect.poll(status, { interval: 0 }).toBe(429);
    if (inject('server').redisUrl !== undefined) {
      api.clock.hold();
      api.clock.advance(-3_600_000);
    }
    await expect.poll(status, { timeout: 10_000 }).toBe(401);
  });

  it('S46 a request is one round trip to Redis, however many limits count it', async () => {
    const api = await start({ modules });
    const { token } = await api.person();
    const { client } = api.app.get(RedisConnection);
    if (client === undefined) {
      expect(inject('server').redisUrl).toBeUndefined();
      return;
    }
    const post = (email: string) => api.post('/api/limited', { token, body: { email } });
    await post('warm@example.com');
    const sent = vi.spyOn(client, 'sendCommand');
    for (let call = 0; call < 20; call += 1) expect((await post(`${call}@example.com`)).status).toBe(200);
    expect(sent).toHaveBeenCalledTimes(20);
  });

  it.each([
    ['Redis', {}],
    ['memory', { REDIS_URL: '' }],
  ])(
    'a call that one bucket refuses is counted in none after it: naming accounts makes no keys (%s)',
    async (_, own) => {
      const api = await start({ ...limited, environment: { ...limited.environment, ...own } });
      const name = (email: string) => api.post('/api/limited', { body: { email } });
      expect((await name('a@example.com')).status).toBe(200);
      expect((await name('b@example.com')).status).toBe(200);
      for (const { status, headers } of await Promise.all(times(50, (index) => name(`c${index % 25}@example.com`)))) {
        expect(status).toBe(429);
        // What comes after the full one is told as it stands, and no window of it is open.
        expect(headers.get('ratelimit')).toMatch(/, "post-limited-address";r=0;t=\d+, "post-limited-account";r=3$/);
      }
      const { client } = api.app.get(RedisConnection);
      if (client !== undefined) {
        const prefix = `${api.database.name}:`;
        const keys = await client.keys(`${prefix}limit:post-limited-account:*`);
        expect(keys).toHaveLength(2);
        await client.del(
          ...(await client.keys(`${prefix}limit:post-limited-address:*`)).map((key) => key.slice(prefix.length)),
        );
      } else api.clock.advance(60_000);
      expect((await name('c1@example.com')).headers.get('ratelimit')).toContain('"post-limited-account";r=2');
    },
  );

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
    expect(first.headers.get('ratelimit-policy')).toContain('"get-limited";q=5;w=60');
    expect(first.headers.get('ratelimit')).toMatch(/"get-limited";r=4;t=60/);
    await Promise.all(times(4, () => api.get('/api/limited')));
    const refused = await api.get('/api/limited');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(refused.body).toMatchObject({ code: 'TOO_MANY_REQUESTS', status: 429 });
    expect(refused.headers.get('ratelimit')).toMatch(/"get-limited";r=0/);
    const wait = Number(refused.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(50);
    expect(wait).toBeLessThanOrEqual(60);
  });

  it('names limits by their address, as strings of structured fields, each with what it says of it', async () => {
    const api = await start(limited);
    const name = (email: string) => api.post('/api/limited', { body: { email } });
    const { headers } = await name('a@example.com');
    const items = (field: string) => headers.get(field)?.split(', ') ?? [];
    expect(items('ratelimit-policy').slice(1)).toEqual([
      '"post-limited-address";q=2;w=60',
      '"post-limited-account";q=3;w=3600',
    ]);
    for (const item of items('ratelimit-policy')) expect(item).toMatch(/^"[a-z0-9-]+";q=\d{1,15};w=\d{1,15}$/);
    for (const item of items('ratelimit')) expect(item).toMatch(/^"[a-z0-9-]+";r=\d{1,15};t=\d{1,15}$/);
    expect(items('ratelimit')).toHaveLength(3);
    const names = (field: string, { headers: fields }: Answer) =>
      (fields.get(field)?.split(', ') ?? []).map((item) => item.split(';')[0]);
    await name('b@example.com');
    // The address's two are used up: the third is refused, and still every policy of the route is told of.
    const refused = await name('b@example.com');
    expect(refused.status).toBe(429);
    expect(names('ratelimit', refused)).toEqual(names('ratelimit-policy', refused));
    expect(refused.headers.get('ratelimit')).toMatch(/"post-limited-account";r=2;t=\d+$/);
  });

  it('S47 a spoofed X-Forwarded-For changes nothing, nor does any other header that names an address', async () => {
    const api = await start(limited);
    const headers = (index: number): Record<string, string> => {
      const address = `203.0.113.${index}`;
      return {
        'x-forwarded-for': address,
        'x-real-ip': address,
        'true-client-ip': address,
        forwarded: `for=${address}`,
      };
    };
    expect(await passed(times(50, (index) => api.get('/api/limited', { headers: headers(index) })))).toBe(5);
  });

  it('S47 a caller who is no trusted hop is not believed', async () => {
    const api = await start({ ...limited, environment: { ...limited.environment, TRUSTED_PROXIES: '10.0.0.0/8' } });
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
