import { Problem } from '@gatehouse/platform/http';
import { Controller, Get, Post } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { startApplication } from '../../test/application.js';
import { Parcel, sessionOf, signedInAt } from '../../test/policies.js';
import { Auth, Owner, Permission, Public, RateLimit } from '../vocabulary/decorators.js';
import { LoadsResource } from './resource-loaders.js';

@LoadsResource()
class Parcels {
  readonly entity = Parcel;
  load() {
    return Promise.resolve(undefined);
  }
}

@Controller('things')
class Things {
  @Get()
  @Permission('read:order')
  list() {}

  @Get('parcel/:id')
  @Owner(Parcel, { unless: 'update:order' })
  @Auth({ mfa: true, maxAge: '1m' })
  parcel() {}

  @Get('twice')
  @Public()
  @RateLimit(1, '1m')
  twice() {}

  @Post('rule')
  @Auth()
  rule() {
    throw new Problem('FORBIDDEN');
  }

  @Post('taken')
  @Auth()
  taken() {
    throw new Problem('CONFLICT');
  }
}

const start = (environment: Record<string, string> = {}) =>
  startApplication({ controllers: [Things], providers: [Parcels], environment });

describe('the record of a denial', () => {
  it('says who, what, what was asked for, what lacked and what was held, without the query', async () => {
    const { call, people, events } = await start();
    people.signIn('u', { rolePermissions: ['update:order', 'refund:order'] });
    await call('GET', '/things?token=secret', { as: 'u' });
    expect(events.recorded).toEqual([
      {
        action: 'access.denied',
        outcome: 'refused',
        actorId: 'u',
        subject: { resource: 'route', id: 'get-things' },
        details: {
          code: 'FORBIDDEN',
          handler: 'Things.list',
          method: 'GET',
          path: '/things',
          required: ['permission read:order'],
          lacking: { permissions: { anyOf: ['read:order'] } },
          held: {
            role: 'customer',
            permissions: ['refund:order', 'update:order'],
            secondFactor: false,
            signedInAt,
          },
          reason: undefined,
        },
        alike: 'u Things.list FORBIDDEN',
      },
    ]);
  });

  it('names fifty of the permissions held and counts the rest', async () => {
    const { call, people, events } = await start();
    const names = Array.from({ length: 52 }, (_, index) => `read:thing${String.fromCharCode(97 + index)}`);
    people.signIn('u', { rolePermissions: names.slice(0, 50) });
    people.signIn('v', { rolePermissions: names, session: sessionOf({ id: 's-v', secondFactor: true }) });
    await call('GET', '/things', { as: 'u' });
    await call('GET', '/things', { as: 'v' });
    const [fifty, more] = events.recorded.map(({ details }) => details?.['held']);
    expect(fifty).not.toHaveProperty('furtherPermissions');
    expect(fifty).toHaveProperty('permissions', names.slice(0, 50).sort());
    expect(more).toMatchObject({ furtherPermissions: 2, secondFactor: true });
    expect(more).toHaveProperty('permissions.length', 50);
  });

  it('names everything that an owner route asks for', async () => {
    const { call, people, events } = await start();
    people.signIn('u');
    await call('GET', '/things/parcel/0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e', { as: 'u' });
    expect(events.recorded[0]?.details).toMatchObject({
      required: ['second factor', 'sign-in within 60 s', 'owner', 'permission update:order'],
      lacking: { secondFactor: true },
    });
  });

  it('counts strangers of one network as one, whatever they ask for', async () => {
    const { call, events } = await start();
    for (const url of ['/things', '/things/parcel/1']) await call('GET', url, { from: '2001:db8::1' });
    await call('GET', '/things', { from: '2001:db8:0:0:ffff::1' });
    await call('GET', '/things', { from: '192.0.2.1' });
    const alike = events.recorded.map((event) => event.alike);
    expect(new Set(alike.slice(0, 3)).size).toBe(1);
    expect(alike[3]).toBe('192.0.2.1  UNAUTHORIZED');
    expect(events.recorded[0]?.actorId).toBeUndefined();
  });

  it('tells bearers of bad tokens apart by what they ask for', async () => {
    const { call, events } = await start();
    const from = '192.0.2.1';
    await call('GET', '/things', { as: 'bad', from });
    await call('GET', '/things/parcel/1', { as: 'u/gone', from });
    expect(events.recorded.map(({ alike }) => alike)).toEqual([
      '192.0.2.1 Things.list UNAUTHORIZED',
      'u Things.parcel UNAUTHORIZED',
    ]);
  });

  it('is made of a full limit, with the limit', async () => {
    const { call, events } = await start();
    const from = '192.0.2.1';
    for (let turn = 0; turn < 2; turn += 1) await call('GET', '/things/twice', { from });
    expect(events.recorded).toMatchObject([
      {
        action: 'access.denied',
        details: { code: 'TOO_MANY_REQUESTS', required: ['limit get-things-twice: 1 in 60 s'] },
        alike: '192.0.2.1 Things.twice TOO_MANY_REQUESTS',
      },
    ]);
  });

  it("is made of a feature's own rule that forbids, with what the caller holds, and of no other refusal", async () => {
    const { call, people, events } = await start();
    people.signIn('u');
    expect((await call('POST', '/things/taken', { as: 'u' })).status).toBe(409);
    expect((await call('GET', '/nowhere', { as: 'u' })).status).toBe(404);
    expect(events.recorded).toEqual([]);
    expect((await call('POST', '/things/rule', { as: 'u' })).status).toBe(403);
    expect(events.recorded).toMatchObject([
      { actorId: 'u', details: { handler: 'Things.rule', required: [], held: { role: 'customer' } } },
    ]);
    expect(events.recorded[0]?.details?.['lacking']).toBeUndefined();
  });

  it('says which limit in dry run would have refused, and lets the call through', async () => {
    const { call, people, events } = await start({ RATE_LIMIT_DRY_RUN: 'get-things-twice' });
    people.signIn('u');
    const from = '192.0.2.1';
    for (let turn = 0; turn < 2; turn += 1) {
      expect((await call('GET', '/things/twice', { as: 'u', from })).status).toBe(200);
    }
    expect(events.recorded).toEqual([
      {
        action: 'limit.exceeded',
        outcome: 'refused',
        actorId: 'u',
        subject: { resource: 'route', id: 'get-things-twice' },
        details: { limit: 'get-things-twice', required: ['1 in 60 s'], dryRun: true },
        alike: 'u get-things-twice',
      },
    ]);
    await call('GET', '/things/twice', { from });
    await call('GET', '/things/twice', { from });
    expect(events.recorded[1]).toMatchObject({ actorId: undefined, alike: '192.0.2.1 get-things-twice' });
  });
});
