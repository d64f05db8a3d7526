import { LoadsResource, Owner, type ResourceLoader, ServedRoutes } from '@gatehouse/access';
import { SecurityEvents } from '@gatehouse/platform/audit';
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import { flood } from '../kit/flood.js';
import { type Answer, type Json, send, sendVerbatim } from '../kit/http-client.js';
import { placeOrder } from '../kit/order.js';
import { start } from '../kit/processes.js';
import { createTestDatabase } from '../kit/test-database.js';
import { Wire } from '../kit/wire.js';

class Secret {
  userId = uuidv7();
}

@Injectable()
@LoadsResource()
class SecretLoader implements ResourceLoader<Secret> {
  readonly entity = Secret;
  load(): Promise<Secret> {
    return Promise.resolve(new Secret());
  }
}

@Controller('secrets')
class SecretsController {
  @Get(':id')
  @Owner(Secret, { hide: true })
  get() {}
}

@Module({ controllers: [SecretsController], providers: [SecretLoader] })
class SecretsModule {}

interface Entry {
  readonly occurred_at: Date;
  readonly action: string;
  readonly resource: string;
  readonly resource_id: string;
  readonly actor_id: string | null;
  readonly session_id: string | null;
  readonly request_id: string;
  readonly address: string;
  readonly user_agent: string | null;
  readonly details: Json;
}

const recorded = "SELECT * FROM audit_entries WHERE action = 'access.denied' ORDER BY occurred_at, id";
const countOf = (entries: readonly Entry[]) => entries.reduce((sum, { details }) => sum + details.count, 0);
const times = <T>(count: number, work: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => work(i));

describe('being denied', () => {
  let api: Api;
  let person: Person;
  beforeAll(async () => {
    api = await startApi({ modules: [SecretsModule], environment: { RATE_LIMIT_FACTOR: '1' } });
    person = await api.person();
  });
  afterAll(() => api.close());

  const sessionOf = ({ token }: Person): string =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sid;
  const entries = async (): Promise<Entry[]> => {
    await api.app.get(SecurityEvents).flush();
    return api.database.query<Entry>(recorded);
  };
  /** The one entry that the call leaves. */
  const entryOf = async (call: () => Promise<Answer>): Promise<{ answer: Answer; entry: Entry | undefined }> => {
    const before = (await entries()).length;
    const answer = await call();
    const [entry, ...others] = (await entries()).slice(before);
    expect(others).toEqual([]);
    return { answer, entry };
  };

  it('S52 leaves an event with who, what, when, from where, what was asked for and what was held', async () => {
    const headers = { 'x-request-id': 'denied-request-1', 'user-agent': 'denials/1' };
    const { answer, entry } = await entryOf(() => api.get('/api/users?q=private', { token: person.token, headers }));
    expect(answer.status).toBe(403);
    expect(entry).toMatchObject({
      resource: 'route',
      resource_id: 'get-users',
      actor_id: person.id,
      session_id: sessionOf(person),
      request_id: 'denied-request-1',
      address: '127.0.0.1',
      user_agent: 'denials/1',
      changes: {},
    });
    expect(Math.abs(Number(entry?.occurred_at) - api.clock.milliseconds())).toBeLessThan(5_000);
    expect(entry?.details).toMatchObject({
      code: 'FORBIDDEN',
      handler: 'UsersController.list',
      method: 'GET',
      path: '/api/users',
      required: ['role admin'],
      lacking: { roles: ['admin'] },
      held: { role: 'customer', permissions: [], secondFactor: false, signedInAt: expect.any(String) },
      count: 1,
    });
    expect(JSON.stringify(entry)).not.toContain('private');
  });

  it('S52 does so for every kind: no credential, a bad one, an ended session, an owner, a hidden one, a limit', async () => {
    const [stranger, gone] = [await api.person('support'), await api.person()];
    await api.post('/api/auth/logout', { token: gone.token });
    const productId = await api.product();
    const order = (await placeOrder(api, stranger, [{ productId, quantity: 1 }])).body.data.id;
    const { token } = person;
    const signIn = () =>
      api.post('/api/auth/login', { body: { email: 'somebody@example.com', password: 'a wrong guess' } });
    for (let guess = 0; guess < 10; guess += 1) expect((await signIn()).status).toBe(401);
    const kinds: [number, () => Promise<Answer>, Json][] = [
      [401, () => api.get('/api/users/me'), { actor_id: null, details: { code: 'UNAUTHORIZED', required: [] } }],
      [
        401,
        () => api.get('/api/orders', { token: 'forged' }),
        { actor_id: null, details: { reason: expect.any(String) } },
      ],
      [
        401,
        () => api.get('/api/orders', { token: gone.token }),
        { actor_id: gone.id, details: { reason: 'the session has ended' } },
      ],
      [
        403,
        () => api.get(`/api/orders/${order}`, { token }),
        {
          actor_id: person.id,
          resource_id: 'get-orders-id',
          details: {
            path: `/api/orders/${order}`,
            required: ['owner', 'permission read:order'],
            lacking: { owner: true, orPermission: 'read:order' },
          },
        },
      ],
      [
        404,
        () => api.get(`/api/secrets/${uuidv7()}`, { token }),
        {
          actor_id: person.id,
          details: { code: 'NOT_FOUND', required: ['owner'], reason: expect.stringMatching(/hidden/) },
        },
      ],
      [
        429,
        signIn,
        {
          actor_id: null,
          resource_id: 'post-auth-login',
          details: { code: 'TOO_MANY_REQUESTS', required: ['limit post-auth-login-account: 10 in 60 s'] },
        },
      ],
    ];
    for (const [status, call, expected] of kinds) {
      const { answer, entry } = await entryOf(call);
      expect([status, answer.status]).toEqual([status, status]);
      expect(entry).toMatchObject({
        address: '127.0.0.1',
        request_id: answer.headers.get('x-request-id'),
        ...expected,
      });
    }
  });

  it('S52 does so where a rule of a feature denies, behind the guard', async () => {
    await api.database.role('granter', ['grant:permission']);
    const granter = await api.person('granter');
    const { answer, entry } = await entryOf(() =>
      api.post(`/api/users/${person.id}/permissions`, { token: granter.token, body: { permission: 'read:order' } }),
    );
    expect(answer.status).toBe(403);
    expect(entry).toMatchObject({
      actor_id: granter.id,
      resource_id: 'post-users-id-permissions',
      details: {
        lacking: { permissions: { allOf: ['read:order'] } },
        held: { role: 'granter', permissions: ['grant:permission'] },
      },
    });
  });

  it('is no event where nobody was denied', async () => {
    const { token } = person;
    const before = (await entries()).length;
    for (const call of [
      api.get('/api/orders', { token }),
      api.get(`/api/orders/${uuidv7()}`, { token }),
      api.get('/api/orders/1', { token }),
      api.post('/api/orders', { token, body: {} }),
      api.get('/api/nowhere', { token }),
    ]) {
      await call;
    }
    expect((await entries()).length).toBe(before);
  });

  it('S52 is readable in the trail of the route that was asked for', async () => {
    const auditor = await api.person('auditor');
    await api.get(`/api/users/${uuidv7()}`, { token: person.token });
    await entries();
    const { body } = await api.get('/api/audit/route/get-users-id?limit=1', { token: auditor.token });
    expect(body.data[0]).toMatchObject({
      action: 'access.denied',
      actorId: person.id,
      details: { required: ['permission read:user'], count: 1 },
    });
  });

  it('S53 CR and LF, controls and a huge user agent reach neither the trail nor the log as they are', async () => {
    const before = (await entries()).length;
    await sendVerbatim(api.url, {
      path: '/api/users/%0d%0a%00{"level":"fatal"}',
      headers: { authorization: `Bearer ${person.token}`, 'user-agent': `bot\t\x80\xff${'x'.repeat(9_000)}` },
    });
    const [entry] = (await entries()).slice(before);
    expect(entry?.user_agent).toHaveLength(300);
    const control = [...JSON.stringify([entry?.user_agent, entry?.details])].filter((char) => /\p{Cc}/u.test(char));
    expect(control).toEqual([]);
    expect(JSON.stringify(entry?.details)).not.toMatch(/\\[rnt]|\\u00/);
    expect(entry?.details.path.length).toBeLessThanOrEqual(300);
  });

  it('S53 no token stands in an event', async () => {
    const other = await api.person();
    await api.post('/api/auth/logout', { token: other.token });
    for (const token of [other.token, `${person.token}x`, 'opaque-secret-token']) {
      await api.get('/api/users/me', { token, headers: { cookie: `session=${token}` } });
      await api.get(`/api/users/me?token=${token}`, { headers: { 'x-access-token': token } });
    }
    await api.post('/api/auth/refresh', { body: { refreshToken: 'opaque-secret-token'.padEnd(43, 'x') } });
    const text = JSON.stringify(await entries());
    for (const secret of [other.token, person.token, 'opaque-secret-token']) expect(text).not.toContain(secret);
  });

  it('tells a stranger the same of every route, whatever it asks for', async () => {
    const answers = await Promise.all(
      api.app
        .get(ServedRoutes)
        .routes()
        .filter(({ policy, method }) => !policy.isPublic && method !== 'HEAD')
        .map(async ({ method, path }) => {
          const { status, body, headers } = await send(`${api.url}${path.replaceAll(/:\w+/g, 'x')}`, method);
          const { instance: _instance, requestId: _requestId, ...rest } = body;
          const names = [...headers.keys()].sort();
          return JSON.stringify([status, rest, headers.get('www-authenticate'), names]);
        }),
    );
    expect(answers.length).toBeGreaterThan(20);
    expect([...new Set(answers)]).toHaveLength(1);
    expect(answers[0]).toContain('"status":401');
    expect(answers[0]).toContain('Bearer realm=\\"gatehouse\\"');
  });
});

describe('a flood of denials', () => {
  const environmentOf = (database: { url: string; name: string }) => ({
    NODE_ENV: 'development',
    DATABASE_URL: database.url,
    DEMO_DATA: 'false',
    RATE_LIMIT_ANONYMOUS: '1000000/15m',
    TRUSTED_PROXIES: '127.0.0.1',
    ...inject('server').secrets,
  });

  it('of 20,000 makes few entries, loses no count, fills no log and slows no answer', async () => {
    const database = await createTestDatabase();
    const api = start('api', [], environmentOf(database));
    try {
      const url = await api.listening();
      /** How long somebody else's call takes while the flood is on, in ms: 99 of 100 take no longer. */
      const during = async (work: Promise<Record<string, number>>, statuses: Record<string, number>) => {
        const took: number[] = [];
        const flooding = { on: true };
        const done = work.finally(() => {
          flooding.on = false;
        });
        while (flooding.on) {
          const begun = performance.now();
          await send(`${url}/.well-known/jwks.json`, 'GET');
          took.push(performance.now() - begun);
        }
        expect(await done).toEqual(statuses);
        return took.sort((a, b) => a - b)[Math.floor(took.length * 0.99)] ?? 0;
      };
      const one = () => ({ authorization: 'Bearer forged', 'x-forwarded-for': '203.0.113.1' });
      const many = (index: number) => ({ ...one(), 'x-forwarded-for': `10.${index >> 8}.${index & 255}.1` });
      await flood(`${url}/.well-known/jwks.json`, 2_000, one);
      const served = await during(flood(`${url}/.well-known/jwks.json`, 10_000, one), { 200: 10_000 });
      const denied = await during(flood(`${url}/api/orders`, 15_000, one), { 401: 15_000 });
      const spread = await during(flood(`${url}/api/orders`, 5_000, many), { 401: 5_000 });
      expect(Math.max(denied, spread)).toBeLessThan(served * 3 + 50);
      expect(await api.stop()).toBe(0);
      const entries = await database.query<Entry>(recorded);
      expect(countOf(entries)).toBe(20_000);
      const p99 = [served, denied, spread].map((ms) => Math.round(ms)).join(', ');
      process.stdout.write(`flood: ${entries.length} entries of 20,000; p99 served, denied, spread: ${p99} ms\n`);
      expect(entries.length).toBeLessThan(700);
      expect(entries.filter(({ address }) => address === '203.0.113.1').length).toBeLessThan(25);
      expect(entries.filter(({ resource }) => resource === 'overflow').length).toBeGreaterThan(0);
      expect(api.output.split('\n').filter((line) => line.includes('access.denied')).length).toBeLessThan(700);
    } finally {
      await api.stop();
      await database.drop();
    }
  }, 120_000);

  it('that ends in a SIGTERM is in the trail to the last denial', async () => {
    const database = await createTestDatabase();
    const api = start('api', [], environmentOf(database));
    try {
      const url = await api.listening();
      const paths = ['/api/orders', '/api/users', '/api/roles', '/api/auth/session'];
      const answers = await Promise.all(
        times(200, (index) => send(`${url}${paths[index % 4]}`, 'GET', { token: `forged-${index}` })),
      );
      expect(await api.stop()).toBe(0);
      expect(answers.every(({ status }) => status === 401)).toBe(true);
      const entries = await database.query<Entry>(recorded);
      expect(countOf(entries)).toBe(200);
      expect(entries).toHaveLength(4);
    } finally {
      await api.stop();
      await database.drop();
    }
  });

  it('while the database is away waits for it, and no answer waits for that', async () => {
    const database = await createTestDatabase();
    const direct = new URL(database.url);
    const wire = new Wire(direct.hostname, Number(direct.port || 5432));
    const port = await wire.open();
    const through = Object.assign(new URL(database.url), { hostname: '127.0.0.1', port: String(port) }).href;
    const api = await startApi({ database: { ...database, url: through } });
    try {
      const events = api.app.get(SecurityEvents);
      const denied = (call: number) => api.get('/api/orders', { token: `forged-${call}` });
      await Promise.all(times(10, denied));
      wire.cut();
      const begun = performance.now();
      for (const { status } of await Promise.all(times(100, denied))) expect(status).toBe(401);
      expect(performance.now() - begun).toBeLessThan(5_000);
      await events.flush();
      await Promise.all(times(10, denied));
      wire.mend();
      await expect
        .poll(
          async () => {
            await events.flush();
            return countOf(await database.query<Entry>(recorded));
          },
          { timeout: 15_000 },
        )
        .toBe(120);
    } finally {
      await api.close();
      wire.close();
      await database.drop();
    }
  });
});
