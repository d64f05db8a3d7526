import { Controller, Get, Injectable, Post, type Type } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { describe, expect, it } from 'vitest';
import { startApplication } from '../../test/application.js';
import { ownerRule, Parcel, policyOf, principalOf, sessionOf } from '../../test/policies.js';
import { PrincipalCache } from '../freshness/principal-cache.js';
import { RateLimiter } from '../limits/rate-limiter.js';
import { PolicyRegistry } from '../policy/policy-registry.js';
import { Auth, Owner, Permission, Public, RateLimit, Role } from '../vocabulary/decorators.js';
import { CurrentUser, Resource } from '../vocabulary/parameters.js';
import { AccessGuard } from './access.guard.js';
import { Decision } from './decision.js';
import { Authenticator, type ResourceLoader } from './ports.js';
import type { Principal } from './principal.js';
import { accessOf } from './request-access.js';
import { LoadsResource } from './resource-loaders.js';

const theirs = '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e';
const others = '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4f';
const nowhere = '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c40';

@Injectable()
@LoadsResource()
class Parcels implements ResourceLoader<Parcel> {
  readonly entity = Parcel;
  readonly asked: string[] = [];

  async load(id: string) {
    this.asked.push(id);
    const owner = { [theirs]: 'u', [others]: 'somebody-else' }[id];
    return owner === undefined ? undefined : new Parcel(id, owner);
  }
}

@Controller('parcels')
class ParcelsController {
  @Get()
  @Public()
  anyone() {
    return { open: true };
  }

  @Get('probe')
  @Public()
  @RateLimit.exempt()
  probe() {
    return { alive: true };
  }

  @Get('mine')
  @Auth()
  me(@CurrentUser() { id, role }: Principal) {
    return { id, role };
  }

  @Post('mine')
  @Auth()
  change() {
    return { changed: true };
  }

  @Get('strict')
  @Role('manager')
  @Permission('read:order')
  @Auth({ mfa: true, maxAge: '1m' })
  strict() {
    return { reached: true };
  }

  @Get('once')
  @Auth()
  @RateLimit(1, '1m')
  once() {
    return { reached: true };
  }

  @Get('hidden/:id')
  @Owner(Parcel, { hide: true })
  hidden(@Resource() parcel: Parcel) {
    return parcel;
  }

  @Get('of/:id')
  @Owner(Parcel, { unless: 'read:order' })
  one(@Resource() parcel: Parcel) {
    return parcel;
  }

  @Get('own/:id')
  @Owner(Parcel)
  own(@Resource() parcel: Parcel) {
    return parcel;
  }
}

const start = () => startApplication({ controllers: [ParcelsController], providers: [Parcels] });

describe('the guard, of whoever comes', () => {
  it('lets anyone reach what is public, and keeps no cache from storing it', async () => {
    const { call } = await start();
    const { status, headers } = await call('GET', '/parcels');
    expect([status, headers['cache-control']]).toEqual([200, undefined]);
  });

  it('tells a stranger nothing but to sign in', async () => {
    const { call } = await start();
    const { status, headers, told } = await call('GET', '/parcels/strict');
    expect(status).toBe(401);
    expect(headers).toMatchObject({ 'www-authenticate': 'Bearer realm="gatehouse"', 'cache-control': 'no-store' });
    expect(told).toMatchObject({ code: 'UNAUTHORIZED', detail: 'Sign in and send the access token' });
    expect(told).not.toHaveProperty('required');
  });

  it.each(['bad', 'later bad'])('names the error of a token that does not hold, and not why: %s', async (as) => {
    const { call, events } = await start();
    const { status, headers, told } = await call('GET', '/parcels/mine', { as });
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Bearer realm="gatehouse", error="invalid_token"');
    expect(told['detail']).toBe('The access token is not valid; sign in again');
    expect(JSON.stringify(told)).not.toContain('signature');
    expect(events.recorded).toMatchObject([{ action: 'access.denied', details: { reason: 'signature' } }]);
  });

  it('lets a token that does not hold reach what is public all the same', async () => {
    const { call } = await start();
    expect((await call('GET', '/parcels', { as: 'bad' })).status).toBe(200);
  });

  it.each(['broken', 'later broken'])('fails, and lets nobody in, where the check itself breaks: %s', async (as) => {
    const { call } = await start();
    expect((await call('GET', '/parcels', { as })).status).toBe(500);
    expect((await call('GET', '/parcels/mine', { as })).status).toBe(500);
  });

  it('does not look at credentials where nothing hangs on them', async () => {
    const { call, authenticator } = await start();
    expect((await call('GET', '/parcels/probe', { as: 'broken' })).status).toBe(200);
    expect(authenticator.asked).toBe(0);
    await call('GET', '/parcels');
    expect(authenticator.asked).toBe(1);
  });

  it.each(['u', 'later u/s-u'])('hands the handler who is calling, kept out of every cache: %s', async (as) => {
    const { call, people } = await start();
    people.signIn('u');
    const { status, headers, told } = await call('GET', '/parcels/mine', { as });
    expect([status, headers['cache-control'], told]).toEqual([200, 'no-store', { id: 'u', role: 'customer' }]);
  });

  it('asks the database once for a session that it knows', async () => {
    const { call, people } = await start();
    people.signIn('u');
    await call('GET', '/parcels/mine', { as: 'u' });
    await call('GET', '/parcels/mine', { as: 'u' });
    expect(people.loads).toBe(1);
  });

  it('refuses a session that has ended, and one that belongs to somebody else than the token says', async () => {
    const { call, people, events } = await start();
    people.signIn('u');
    for (const as of ['v/s-u', 'u/gone']) expect((await call('GET', '/parcels/mine', { as })).status).toBe(401);
    expect(events.recorded).toMatchObject([
      { actorId: 'v', details: { reason: 'the session has ended' } },
      { actorId: 'u', details: { reason: 'the session has ended' } },
    ]);
  });

  it('tells the rest of the request who acts, in which session', async () => {
    const seen: unknown[] = [];
    const { call, people } = await startApplication({
      controllers: [ParcelsController],
      providers: [Parcels],
      before: (app) => {
        app
          .getHttpAdapter()
          .getInstance()
          .addHook('onResponse', (request, _reply, done) => {
            seen.push([request.facts?.actorId, request.facts?.sessionId, accessOf(request)?.credential.userId]);
            done();
          });
      },
    });
    people.signIn('u', { session: sessionOf({ id: 's-u' }) });
    await call('GET', '/parcels/mine', { as: 'u' });
    await call('GET', '/parcels', { as: 'u' });
    expect(seen).toEqual([
      ['u', 's-u', 'u'],
      [undefined, undefined, undefined],
    ]);
  });

  it('denies a handler that has no policy, and a call over any transport but HTTP', async () => {
    class Unknown {
      handle() {}
    }
    const { app } = await start();
    const guard = new AccessGuard(
      app.get(PolicyRegistry),
      app.get(Authenticator),
      app.get(RateLimiter),
      app.get(PrincipalCache),
      app.get(Decision),
    );
    const [request, reply] = [{ headers: {}, ip: '203.0.113.1' }, { header: () => undefined }];
    const contextOf = (owner: Type, handler: () => void, type: string) => {
      const context = new ExecutionContextHost([request, reply], owner, handler);
      context.setType(type);
      return context;
    };
    const refused = { code: 'FORBIDDEN' };
    await expect(guard.canActivate(contextOf(Unknown, Unknown.prototype.handle, 'http'))).rejects.toMatchObject(
      refused,
    );
    const anyone = ParcelsController.prototype.anyone;
    await expect(guard.canActivate(contextOf(ParcelsController, anyone, 'ws'))).rejects.toMatchObject(refused);
    expect(await guard.canActivate(contextOf(ParcelsController, anyone, 'http'))).toBe(true);
  });
});

describe('the guard, of a cookie that a browser sends by itself', () => {
  it('wants proof that the page meant it, for what changes something and nothing else', async () => {
    const { call, people } = await start();
    people.signIn('u');
    const cookie = 'u/s-u';
    expect((await call('GET', '/parcels/mine', { cookie })).status).toBe(200);
    expect((await call('HEAD', '/parcels/mine', { cookie })).status).toBe(200);
    expect((await call('POST', '/parcels/mine', { cookie })).told).toMatchObject({ code: 'CSRF_PROOF_MISSING' });
    expect((await call('POST', '/parcels/mine', { cookie, csrf: 'proof' })).status).toBe(201);
    expect((await call('POST', '/parcels/mine', { as: 'u' })).status).toBe(201);
  });
});

describe('the guard, of what a policy asks for', () => {
  it('names all that is missing at once', async () => {
    const { call, people, clock } = await start();
    people.signIn('u');
    clock.at += 60_001;
    const { status, told } = await call('GET', '/parcels/strict', { as: 'u' });
    expect(status).toBe(403);
    expect(told).toMatchObject({
      detail: 'You lack what `required` names',
      required: {
        roles: ['manager'],
        permissions: { anyOf: ['read:order'] },
        secondFactor: true,
        recentSignIn: { maxAgeSeconds: 60 },
      },
    });
  });

  it('lets through who has it all', async () => {
    const { call, people } = await start();
    const session = sessionOf({ id: 's-u', secondFactor: true });
    people.signIn('u', { role: 'manager', rolePermissions: ['read:order'], session });
    expect((await call('GET', '/parcels/strict', { as: 'u' })).told).toEqual({ reached: true });
  });

  it('counts the limit before it asks for the session', async () => {
    const { call, people } = await start();
    expect((await call('GET', '/parcels/once', { as: 'u/gone' })).status).toBe(401);
    people.signIn('u');
    expect((await call('GET', '/parcels/once', { as: 'u' })).status).toBe(429);
    expect(people.loads).toBe(1);
  });
});

describe('the guard, of whose something is', () => {
  it('loads the resource once for the handler, in whatever case the id is written', async () => {
    const { app, call, people } = await start();
    people.signIn('u');
    const { told } = await call('GET', `/parcels/own/${theirs.toUpperCase()}`, { as: 'u' });
    expect(told).toEqual({ id: theirs, userId: 'u' });
    expect(app.get(Parcels).asked).toEqual([theirs]);
  });

  it('answers 400 to a malformed id, and asks nothing for it', async () => {
    const { app, call, people } = await start();
    people.signIn('u');
    const { status, told } = await call('GET', '/parcels/own/1', { as: 'u' });
    expect([status, told['errors']]).toEqual([400, [{ field: 'id', message: 'must be a UUID' }]]);
    expect(app.get(Parcels).asked).toEqual([]);
  });

  it("answers 404 to what is not there, 403 to somebody else's, and 404 where that is hidden", async () => {
    const { call, people, events } = await start();
    people.signIn('u');
    expect((await call('GET', `/parcels/own/${nowhere}`, { as: 'u' })).status).toBe(404);
    expect(events.recorded).toEqual([]);
    const refused = await call('GET', `/parcels/own/${others}`, { as: 'u' });
    expect([refused.status, refused.told['required']]).toEqual([403, { owner: true }]);
    const hidden = await call('GET', `/parcels/hidden/${others}`, { as: 'u' });
    const missing = await call('GET', `/parcels/hidden/${nowhere}`, { as: 'u' });
    expect({ ...hidden.told, instance: '', requestId: '' }).toEqual({ ...missing.told, instance: '', requestId: '' });
    expect(events.recorded.at(-1)?.details).toMatchObject({
      code: 'NOT_FOUND',
      reason: "somebody else's, which is hidden",
    });
  });

  it('lets the holder of the permission reach it, and names that to who lacks it', async () => {
    const { call, people } = await start();
    people.signIn('u');
    people.signIn('m', { rolePermissions: ['read:order'] });
    people.signIn('w', { rolePermissions: ['update:order'] });
    expect((await call('GET', `/parcels/of/${theirs}`, { as: 'u' })).status).toBe(200);
    expect((await call('GET', `/parcels/of/${theirs}`, { as: 'm' })).told).toEqual({ id: theirs, userId: 'u' });
    const refused = await call('GET', `/parcels/of/${theirs}`, { as: 'w' });
    expect([refused.status, refused.told['required']]).toEqual([403, { owner: true, orPermission: 'read:order' }]);
    expect((await call('GET', `/parcels/own/${theirs}`, { as: 'm' })).status).toBe(403);
  });
});

describe('Decision', () => {
  it.each([undefined, null, 'text'])(
    'takes a call without parameters for one with a malformed id: %s',
    async (given) => {
      const { app } = await start();
      const decision = app.get(Decision);
      const caller = principalOf();
      await expect(decision.admit(policyOf({ owner: ownerRule() }), caller, given)).rejects.toMatchObject({
        status: 400,
      });
    },
  );

  it('answers at once where there is nothing to load', async () => {
    const { app } = await start();
    expect(app.get(Decision).admit(policyOf(), principalOf(), {})).toBeUndefined();
  });
});
