import { Controller, Get } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { startApplication } from '../../test/application.js';
import { Parcel, signedInAt } from '../../test/policies.js';
import { Auth, Owner, Permission, Public, RateLimit, Role } from '../vocabulary/decorators.js';
import { Explainer } from './explainer.js';
import { LoadsResource } from './resource-loaders.js';

const theirs = '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e';

@LoadsResource()
class Parcels {
  readonly entity = Parcel;
  broken = false;
  async load(id: string) {
    if (this.broken) throw new Error('the database is away');
    return new Parcel(id, 'u');
  }
}

@Controller('things')
class Things {
  @Get()
  @Public()
  @RateLimit(3, '1m')
  anyone() {}

  @Get('strict')
  @Role('support')
  @Permission('read:order')
  @Auth({ mfa: true, maxAge: '1m' })
  strict() {}

  @Get('unlimited')
  @Auth()
  @RateLimit.exempt()
  unlimited() {}

  @Get(':id')
  @Owner(Parcel, { unless: 'read:order' })
  parcel() {}
}

async function start() {
  const { app, people, clock } = await startApplication({ controllers: [Things], providers: [Parcels] });
  const explainer = app.get(Explainer);
  /** The explanation, with its checks in brief. */
  const explain = async (path: string, userId?: string) => {
    const { checks, ...rest } = await explainer.explain('GET', path, userId);
    return { ...rest, checks: checks.map(({ check, outcome }) => `${check} ${outcome}`) };
  };
  return { app, people, clock, explain };
}

describe('Explainer', () => {
  it('tells what serves the address and that anyone may call it', async () => {
    const { explain } = await start();
    expect(await explain('/things?page=2')).toEqual({
      handler: 'Things.anyone',
      route: 'GET /things',
      allowed: true,
      refusal: undefined,
      checks: ['session passed'],
      limits: [
        expect.objectContaining({ name: 'default', limit: 50 }),
        expect.objectContaining({ name: 'get-things', limit: 3 }),
      ],
    });
  });

  it('refuses a stranger as the guard would, and lists what is never reached', async () => {
    const { explain } = await start();
    const { allowed, refusal, checks } = await explain('/things/strict');
    expect(allowed).toBe(false);
    expect(refusal).toMatchObject({ code: 'UNAUTHORIZED', facts: { reason: undefined } });
    expect(checks).toEqual([
      'session failed',
      'role not-reached',
      'permission not-reached',
      'second-factor not-reached',
      'recent-sign-in not-reached',
    ]);
  });

  it('refuses who is disabled', async () => {
    const { explain, people } = await start();
    people.users.set('u', { ...people.signIn('u'), disabled: true });
    const { refusal, checks } = await explain('/things/unlimited', 'u');
    expect(refusal).toMatchObject({ code: 'UNAUTHORIZED', facts: { reason: 'the account is disabled' } });
    expect(checks).toEqual(['session failed']);
  });

  it('names what lacks, and leaves to the session what only that knows', async () => {
    const { explain, people } = await start();
    people.signIn('u', { rolePermissions: ['read:order'] });
    const { allowed, refusal, checks, limits } = await explain('/things/strict', 'u');
    expect(allowed).toBe(false);
    expect(refusal?.details.extensions).toEqual({ required: { roles: ['support'] } });
    expect(checks).toEqual([
      'session depends',
      'role failed',
      'permission passed',
      'second-factor depends',
      'recent-sign-in depends',
    ]);
    expect(limits.map(({ limit }) => limit)).toEqual([100]);
  });

  it('lets through who holds it all, by a grant that is in force now', async () => {
    const { explain, people, clock } = await start();
    const grant = { permission: 'read:order', startsAt: signedInAt, expiresAt: new Date(clock.at + 1) };
    people.signIn('u', { role: 'support', grants: [grant] });
    expect(await explain('/things/strict', 'u')).toMatchObject({ allowed: true, refusal: undefined });
    clock.at += 1;
    expect(await explain('/things/strict', 'u')).toMatchObject({ allowed: false });
  });

  it('looks whose the resource is', async () => {
    const { explain, people } = await start();
    for (const id of ['u', 'v']) people.signIn(id);
    people.signIn('m', { role: 'support', rolePermissions: ['read:order'] });
    expect(await explain(`/things/${theirs}`, 'u')).toMatchObject({
      route: 'GET /things/:id',
      allowed: true,
      checks: ['session depends', 'owner passed'],
    });
    expect(await explain(`/things/${theirs}`, 'v')).toMatchObject({
      allowed: false,
      refusal: { code: 'FORBIDDEN' },
      checks: ['session depends', 'owner failed'],
    });
    expect(await explain(`/things/${theirs}`, 'm')).toMatchObject({ allowed: true });
    expect(await explain('/things/malformed', 'u')).toMatchObject({ refusal: { code: 'VALIDATION_FAILED' } });
  });

  it('has no limits to tell of where there are none', async () => {
    const { explain, people } = await start();
    people.signIn('u');
    expect((await explain('/things/unlimited', 'u')).limits).toEqual([]);
  });

  it('answers 404 where nothing is served, or nobody of that id is known', async () => {
    const { app, explain } = await start();
    await expect(app.get(Explainer).explain('POST', '/things', undefined)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'Nothing serves POST at this path',
    });
    await expect(explain('/things', 'nobody')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'There is no such user',
    });
  });

  it('fails where the decision could not be made, instead of telling one', async () => {
    const { app, explain, people } = await start();
    people.signIn('u');
    app.get(Parcels).broken = true;
    await expect(explain(`/things/${theirs}`, 'u')).rejects.toThrow('the database is away');
  });
});
