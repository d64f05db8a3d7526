import { CONFIGURATION } from '@gatehouse/platform/config';
import { Body, Controller, Get, Logger, Post } from '@nestjs/common';
import type { ThrottlerModuleOptions } from '@nestjs/throttler';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startApplication } from '../../test/application.js';
import { policyOf, principalOf, sessionOf, signedInAt } from '../../test/policies.js';
import { Denials } from '../decision/denials.js';
import { PolicyRegistry } from '../policy/policy-registry.js';
import { ServedRoutes } from '../policy/served-routes.js';
import { Auth, Permission, Public, RateLimit, Role } from '../vocabulary/decorators.js';
import { LimitStorage } from './limit-storage.js';
import { AccountNaming, RateLimiter } from './rate-limiter.js';

@Controller('things')
class Things {
  @Get()
  @Public()
  list() {
    return {};
  }

  @Get('limited')
  @Public()
  @RateLimit(2, '1m')
  limited() {
    return {};
  }

  @Post('login')
  @Public()
  @RateLimit(1, '1m', { per: 'account' })
  @RateLimit(3, '1m', { per: 'address' })
  login(@Body() _body: unknown) {
    return {};
  }

  @Get('probe')
  @Public()
  @RateLimit.exempt()
  probe() {
    return {};
  }

  @Get('two')
  @Auth()
  @RateLimit(5, '1m')
  @RateLimit(2, '1h')
  two() {
    return {};
  }
}

const start = (environment: Record<string, string> = {}) => startApplication({ controllers: [Things], environment });
const from = '192.0.2.1';

describe('a limit', () => {
  it('says at every call what the limits are and what is left of them', async () => {
    const { call, clock } = await start();
    const { headers } = await call('GET', '/things/limited', { from });
    expect(headers['ratelimit-policy']).toBe('"default";q=50;w=60, "get-things-limited";q=2;w=60');
    expect(headers['ratelimit']).toBe('"default";r=49;t=60, "get-things-limited";r=1;t=60');
    clock.at += 59_001;
    expect((await call('GET', '/things', { from })).headers['ratelimit']).toBe('"default";r=48;t=1');
  });

  it('refuses the call beyond, until its window ends', async () => {
    const { call, clock } = await start();
    for (let turn = 0; turn < 2; turn += 1) expect((await call('GET', '/things/limited', { from })).status).toBe(200);
    clock.at += 17_500;
    const { status, headers, told } = await call('GET', '/things/limited', { from });
    expect([status, headers['retry-after'], told['detail']]).toEqual([429, '43', 'Try again in 43 s']);
    expect(headers['ratelimit']).toBe('"default";r=47;t=43, "get-things-limited";r=0;t=43');
    clock.at += 42_500;
    expect((await call('GET', '/things/limited', { from })).status).toBe(200);
  });

  it('is counted by user behind a valid token, else by address', async () => {
    const { call, people } = await start();
    for (const id of ['u', 'v']) people.signIn(id);
    const left = async (as: string | undefined, address: string) => {
      const { headers } = await call('GET', '/things', { from: address, ...(as === undefined ? {} : { as }) });
      return headers['ratelimit'];
    };
    expect(await left('u', '192.0.2.1')).toBe('"default";r=99;t=60');
    expect(await left('u', '192.0.2.2')).toBe('"default";r=98;t=60');
    expect(await left('v', '192.0.2.1')).toBe('"default";r=99;t=60');
    expect(await left(undefined, '192.0.2.1')).toBe('"default";r=49;t=60');
    expect(await left('bad', '192.0.2.1')).toBe('"default";r=48;t=60');
    expect(await left(undefined, '192.0.2.2')).toBe('"default";r=49;t=60');
    expect(await left(undefined, '2001:db8::1')).toBe('"default";r=49;t=60');
    expect(await left(undefined, '2001:db8::2')).toBe('"default";r=48;t=60');
  });

  it('is counted by the account that a body names at that address, and by the address of whoever signs in', async () => {
    const { call, people } = await start();
    people.signIn('u');
    const login = async (email: string | undefined, address: string, as?: string) =>
      (await call('POST', '/things/login', { from: address, body: { email }, ...(as === undefined ? {} : { as }) }))
        .status;
    expect(await login('a@example.com', '192.0.2.1')).toBe(201);
    expect(await login('b@example.com', '192.0.2.1')).toBe(201);
    expect(await login('a@example.com', '192.0.2.1')).toBe(429);
    expect(await login('a@example.com', '192.0.2.2')).toBe(201);
    expect(await login('c@example.com', '192.0.2.1', 'u')).toBe(429);
    expect(await login(undefined, '192.0.2.3')).toBe(201);
    expect(await login(undefined, '192.0.2.3')).toBe(429);
  });

  it('makes no key for an account that a refused caller names', async () => {
    const { app, call } = await start();
    const limiter = app.get(RateLimiter);
    for (const email of ['a', 'b', 'c', 'd']) await call('POST', '/things/login', { from, body: { email } });
    const remaining = async (email: string) => {
      const standing = await limiter.standing(principalNamed(email), from);
      return standing.find(({ per }) => per === 'account')?.remaining;
    };
    expect(await remaining('c')).toBe(0);
    expect(await remaining('d')).toBe(1);
  });

  it('counts nothing where a route is exempt', async () => {
    const { app, call } = await start();
    const { headers } = await call('GET', '/things/probe', { from });
    expect(headers).not.toHaveProperty('ratelimit');
    expect((await call('GET', '/things', { from })).headers['ratelimit']).toBe('"default";r=49;t=60');
    expect(app.get(RateLimiter).limiting(policyOf({ unlimited: true }), true)).toEqual([]);
  });

  it('is multiplied as configured, the default one not', async () => {
    const { call } = await start({ RATE_LIMIT_FACTOR: '10' });
    const { headers } = await call('GET', '/things/limited', { from });
    expect(headers['ratelimit-policy']).toBe('"default";q=50;w=60, "get-things-limited";q=20;w=60');
  });
});

function principalNamed(email: string) {
  return Object.assign(principalOf(), { email });
}

describe('a limit in dry run', () => {
  it('refuses nothing and says what it would have, by its name or with all of them', async () => {
    for (const names of ['get-things-limited', '*']) {
      const { call, events } = await start({ RATE_LIMIT_DRY_RUN: names });
      for (let turn = 0; turn < 3; turn += 1) expect((await call('GET', '/things/limited', { from })).status).toBe(200);
      expect(events.recorded).toMatchObject([{ action: 'limit.exceeded', details: { limit: 'get-things-limited' } }]);
      const { headers } = await call('GET', '/things/limited', { from });
      expect(headers['ratelimit']).toContain('"get-things-limited";r=0');
    }
  });

  it('does not keep the other limits of the call from refusing', async () => {
    const { call, people, events } = await start({ RATE_LIMIT_DRY_RUN: 'default', RATE_LIMIT_USER: '1/1m' });
    people.signIn('u');
    const statuses = [];
    for (let turn = 0; turn < 3; turn += 1) statuses.push((await call('GET', '/things/two', { as: 'u' })).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect(events.recorded.map(({ action }) => action)).toEqual(['limit.exceeded', 'limit.exceeded', 'access.denied']);
  });

  it('is warned of at the start, and only then', async () => {
    const warned = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    onTestFinished(() => warned.mockRestore());
    await start();
    expect(warned).not.toHaveBeenCalled();
    await start({ RATE_LIMIT_DRY_RUN: 'default,get-things-limited' });
    expect(warned).toHaveBeenCalledWith('in dry run, and refusing nothing: default, get-things-limited');
  });

  it('must be of a limit that there is', async () => {
    await expect(start({ RATE_LIMIT_DRY_RUN: 'default,get-thing' })).rejects.toMatchObject({
      offenders: ['RATE_LIMIT_DRY_RUN names get-thing, and there is no such limit'],
    });
  });
});

describe('the names of limits', () => {
  it('must differ, or two limits would be one', async () => {
    @Controller('a')
    @Public()
    class First {
      @Get('b-c')
      @RateLimit(1, '1m')
      one() {}
    }
    @Controller('a/b')
    @Public()
    class Second {
      @Get('c')
      @RateLimit(2, '1m')
      two() {}
    }
    await expect(startApplication({ controllers: [First, Second] })).rejects.toMatchObject({
      offenders: ['Second.two has a limit named get-a-b-c, as another limit is: they would be one'],
    });
  });
});

describe('how limits stand', () => {
  @Controller('shop')
  class Shop {
    @Get('open')
    @Public()
    @RateLimit(1, '1m')
    open() {}

    @Get('mine')
    @Auth({ mfa: true, maxAge: '1m' })
    @RateLimit(2, '1m')
    mine() {}

    @Get('orders')
    @Permission('read:order')
    @RateLimit(3, '1m')
    orders() {}

    @Get('managed')
    @Role('manager')
    @RateLimit(4, '1m')
    managed() {}

    @Get('probe')
    @Auth()
    @RateLimit.exempt()
    probe() {}
  }

  it('is told of what the caller may call, a second factor and the age of the sign-in aside', async () => {
    const { app, call, people, clock } = await startApplication({ controllers: [Shop] });
    people.signIn('u', { rolePermissions: ['read:order'] });
    await call('GET', '/shop/orders', { as: 'u', from });
    const old = principalOf(
      ['read:order'],
      'customer',
      sessionOf({ signedInAt: new Date(signedInAt.getTime() - 1e9) }),
    );
    clock.at += 1_000;
    expect(await app.get(RateLimiter).standing(old, from)).toEqual([
      { name: 'default', limit: 100, windowMs: 60_000, per: 'caller', remaining: 99, resetMs: 59_000 },
      { name: 'get-shop-open', limit: 1, windowMs: 60_000, per: 'caller', remaining: 1, resetMs: 0 },
      { name: 'get-shop-mine', limit: 2, windowMs: 60_000, per: 'caller', remaining: 2, resetMs: 0 },
      { name: 'get-shop-orders', limit: 3, windowMs: 60_000, per: 'caller', remaining: 2, resetMs: 59_000 },
    ]);
  });

  it('never falls below nothing', async () => {
    const { app, call, people } = await startApplication({ controllers: [Shop] });
    people.signIn('u');
    for (let turn = 0; turn < 3; turn += 1) await call('GET', '/shop/open', { as: 'u', from });
    const standing = await app.get(RateLimiter).standing(principalOf(), from);
    expect(standing.find(({ name }) => name === 'get-shop-open')).toMatchObject({ remaining: 0, resetMs: 60_000 });
  });
});

describe('the default limits', () => {
  it.each([
    [[{ name: 'anonymous', limit: 1, ttl: 1 }], 'user'],
    [[{ name: 'user', limit: 1, ttl: 1 }], 'anonymous'],
    [[{ name: 'user', limit: () => 1, ttl: 1 }], 'user'],
    [[{ name: 'user', limit: 1, ttl: () => 1 }], 'user'],
  ])('must be configured, as numbers: %j', async (throttlers, name) => {
    const { app } = await start();
    const make = (options: ThrottlerModuleOptions) =>
      new RateLimiter(
        app.get(LimitStorage, { strict: false }),
        options,
        app.get(CONFIGURATION),
        app.get(AccountNaming),
        app.get(PolicyRegistry),
        app.get(ServedRoutes),
        app.get(Denials),
      );
    expect(() => make(throttlers)).toThrow(`no ${name} limit is configured`);
    expect(() => make({ throttlers })).toThrow(`no ${name} limit is configured`);
  });
});
