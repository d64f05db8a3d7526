import { Auth, LoadsResource, Owner, Permission, Public, type ResourceLoader, Role } from '@gatehouse/access';
import { SecurityEvents } from '@gatehouse/platform/audit';
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import type { Json } from '../kit/http-client.js';

/** A resource of the test's own, that belongs to whom the test says. */
class Thing {
  userId = '';
}
const things = new Map<string, Thing>();

@Injectable()
@LoadsResource()
class ThingLoader implements ResourceLoader<Thing> {
  readonly entity = Thing;
  load(id: string): Promise<Thing | undefined> {
    return Promise.resolve(things.get(id));
  }
}

@Controller('things')
class ThingsController {
  @Get('open')
  @Public()
  open() {}

  @Get('strict')
  @Auth({ mfa: true, maxAge: '5m' })
  @Role('auditor', 'manager')
  @Permission.all('read:order', 'read:user')
  strict() {}

  @Get('either')
  @Permission('read:order', 'read:audit')
  either() {}

  @Get('nobody')
  @Role()
  nobody() {}

  @Get('guarded/:id')
  @Permission('read:user')
  @Owner(Thing, { unless: 'read:order' })
  guarded() {}

  @Get('hidden/:id')
  @Owner(Thing, { hide: true })
  hidden() {}
}

@Module({ controllers: [ThingsController], providers: [ThingLoader] })
class ThingsModule {}

describe('explaining a decision', () => {
  let api: Api;
  let admin: Person;
  let auditor: Person;
  beforeAll(async () => {
    api = await startApi({ modules: [ThingsModule] });
    admin = await api.person('admin');
    auditor = await api.person('auditor');
  });
  afterAll(() => api.close());

  const ask = (path: string, user?: { id: string }, method = 'GET', { token } = auditor) => {
    const query = new URLSearchParams({ method, path, ...(user === undefined ? {} : { userId: user.id }) });
    return api.get(`/api/access/explain?${query}`, { token });
  };
  const explain = async (path: string, user?: { id: string }, method = 'GET'): Promise<Json> => {
    const { status, body } = await ask(path, user, method);
    expect([path, status]).toEqual([path, 200]);
    return body.data;
  };
  const outcomes = ({ checks }: Json) => checks.map(({ check, outcome }: Json) => `${check} ${outcome}`);
  const grant = (person: Person, body: object) =>
    api.post(`/api/users/${person.id}/permissions`, { token: admin.token, body });

  it('agrees about a grant, from its start to its end', async () => {
    const person = await api.person();
    const both = async () => {
      const { status } = await api.get('/api/things/either', { token: person.token });
      return [(await explain('/api/things/either', person)).allowed, status];
    };
    expect(await both()).toEqual([false, 403]);
    const startsAt = new Date(api.clock.milliseconds() + 60_000).toISOString();
    await grant(person, { permission: 'read:audit', startsAt, expiresIn: '60s' });
    expect(await both()).toEqual([false, 403]);
    api.clock.advance(60_000);
    expect(await both()).toEqual([true, 200]);
    api.clock.advance(60_000);
    expect(await both()).toEqual([false, 403]);
  });

  it('tells through what a permission is held, and until when', async () => {
    const support = await api.person('support');
    const { expiresAt } = (await grant(support, { permission: 'read:order', expiresIn: '1h' })).body.data;
    const { checks } = await explain('/api/things/either', support);
    expect(checks[1]).toEqual({
      check: 'permission',
      outcome: 'passed',
      detail: 'any one of: read:order, read:audit',
      through: [
        { permission: 'read:order', via: 'role', role: 'support', expiresAt: null },
        { permission: 'read:order', via: 'grant', role: null, expiresAt },
      ],
    });
    const [, permission] = (await explain('/api/things/either', admin)).checks;
    expect(permission.through.map(({ via, role }: Json) => `${via} ${role}`)).toEqual(['role admin', 'role admin']);
  });

  it('names every check that fails, and those of a session that nobody knows yet', async () => {
    const strict = await explain('/api/things/strict', await api.person('support'));
    expect(strict).toMatchObject({
      allowed: false,
      status: 403,
      code: 'FORBIDDEN',
      handler: 'ThingsController.strict',
    });
    expect(outcomes(strict)).toEqual([
      'session depends',
      'role failed',
      'permission passed',
      'second-factor depends',
      'recent-sign-in depends',
    ]);
    expect((await explain('/api/things/nobody', admin)).allowed).toBe(false);
  });

  it('follows the path to its owner: own, somebody else’s, hidden, not there, malformed, not reached', async () => {
    const [manager, customer] = [await api.person('manager'), await api.person()];
    const id = uuidv7();
    things.set(id, Object.assign(new Thing(), { userId: customer.id }));
    const owner = async (path: string, person: Person) => {
      const { status, checks } = await explain(path, person);
      const { outcome, detail } = checks.at(-1);
      return [status, outcome, detail];
    };
    expect(await owner(`/api/things/hidden/${id}`, customer)).toEqual([null, 'passed', 'the resource is theirs']);
    expect(await owner(`/api/things/hidden/${id}`, manager)).toEqual([
      404,
      'failed',
      "the resource is somebody else's",
    ]);
    expect(await owner(`/api/things/hidden/${uuidv7()}`, customer)).toEqual([
      404,
      'failed',
      'there is no such resource',
    ]);
    expect(await owner('/api/things/hidden/1', customer)).toEqual([400, 'failed', 'the id is malformed']);
    expect(await owner(`/api/things/guarded/${id}`, customer)).toEqual([
      403,
      'not-reached',
      'the resource that id names, their own, or the permission read:order',
    ]);
    const allowed = await explain(`/api/things/guarded/${id}`, manager);
    expect(allowed.checks.at(-1).through).toEqual([
      { permission: 'read:order', via: 'role', role: 'manager', expiresAt: null },
    ]);
  });

  it('says of a disabled account that it has no session, and of nobody that they are not signed in', async () => {
    const person = await api.person();
    await api.database.query('UPDATE users SET disabled_at = now() WHERE id = $1', [person.id]);
    const disabled = await explain('/api/orders', person);
    expect(disabled).toMatchObject({ allowed: false, status: 401, code: 'UNAUTHORIZED' });
    expect(disabled.checks[0]).toMatchObject({
      check: 'session',
      outcome: 'failed',
      detail: expect.stringMatching(/disabled/),
    });
    expect(await explain('/api/things/open', person)).toMatchObject({ allowed: true, status: null });
    const nobody = await explain('/api/things/strict');
    expect(outcomes(nobody).slice(0, 2)).toEqual(['session failed', 'role not-reached']);
  });

  it('lists what limits the call', async () => {
    const { limits } = await explain('/api/auth/login', undefined, 'POST');
    expect(limits.map(({ name, per }: Json) => [name, per])).toEqual([
      ['default', 'caller'],
      ['post-auth-login-address', 'address'],
      ['post-auth-login-account', 'account'],
    ]);
    expect((await explain('/health/live')).limits).toEqual([]);
  });

  it('finds the route as the server does, and none where the server has none', async () => {
    for (const path of ['/api/things/nowhere/1', '/api/Orders', '/api/orders/', '/docs', '/api/%zz', '/api//orders']) {
      const [asked, called] = [await ask(path, admin), await api.get(path, { token: admin.token })];
      expect([path, asked.status]).toEqual([path, 404]);
      if (path !== '/docs') expect([400, 404], path).toContain(called.status);
    }
    expect((await ask('/api/orders', admin, 'PUT')).status).toBe(404);
    expect((await explain(`/api/orders/${uuidv7()}?x=1`, admin)).handler).toBe('OrdersController.get');
    expect((await explain('/api/users/me', admin)).handler).toBe('MeController.get');
    expect((await ask('/api/orders', { id: uuidv7() })).status).toBe(404);
  });

  it('refuses a question that is none', async () => {
    for (const query of [
      '',
      'method=GET',
      'path=/api/orders',
      'method=get&path=/api/orders',
      'method=TRACE&path=/api/orders',
      'method=GET&path=api/orders',
      'method=GET&path=/api/orders%00',
      'method=GET&path=/api/orders&userId=1',
      'method=GET&path=/api/orders&path=/api/users',
      'method=GET&path=/api/orders&role=admin',
    ]) {
      const answer = await api.get(`/api/access/explain?${query}`, { token: auditor.token });
      expect([query, answer.status]).toEqual([query, 400]);
    }
  });

  it('is for read:access, and stands in the trail of whom it is about', async () => {
    const person = await api.person();
    expect((await ask('/api/orders', person, 'GET', person)).status).toBe(403);
    await ask('/api/orders', person);
    await api.app.get(SecurityEvents).flush();
    const { body } = await api.get(`/api/audit/user/${person.id}?limit=1`, { token: admin.token });
    expect(body.data[0]).toMatchObject({
      action: 'access.explained',
      actorId: auditor.id,
      changes: {},
      details: { method: 'GET', path: '/api/orders', allowed: true, count: 1 },
      address: '127.0.0.1',
      requestId: expect.any(String),
    });
  });
});
