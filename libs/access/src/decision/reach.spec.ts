import { Controller, Get, Post } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { startApplication } from '../../test/application.js';
import { ownerRule, policyOf, principalOf, sessionOf, signedInAt } from '../../test/policies.js';
import { Auth, Permission, Public } from '../vocabulary/decorators.js';
import { Reach, requiredInWords, standingOf } from './reach.js';

const now = signedInAt.getTime();
const orders = { mode: 'any', names: ['read:order'] } as const;

describe('how somebody stands to a policy', () => {
  it('is yes where anyone may, whatever else it would ask for', () => {
    expect(standingOf(policyOf({ isPublic: true, permissions: orders }), principalOf(), now)).toEqual({
      verdict: 'yes',
    });
  });

  it('is yes where nothing lacks, and no with all that lacks', () => {
    expect(standingOf(policyOf(), principalOf(), now)).toEqual({ verdict: 'yes' });
    expect(standingOf(policyOf({ permissions: orders }), principalOf(['read:order']), now)).toEqual({ verdict: 'yes' });
    expect(standingOf(policyOf({ permissions: orders, mfa: true }), principalOf(), now)).toEqual({
      verdict: 'no',
      required: { permissions: { anyOf: ['read:order'] }, secondFactor: true },
    });
  });

  it('is own where the thing must be theirs, unless they hold what lets anybody', () => {
    const own = policyOf({ owner: ownerRule() });
    const orHolder = policyOf({ owner: ownerRule({ unless: 'read:order' }) });
    expect(standingOf(own, principalOf(['read:order']), now)).toEqual({ verdict: 'own', required: { owner: true } });
    expect(standingOf(orHolder, principalOf(), now)).toEqual({
      verdict: 'own',
      required: { owner: true, orPermission: 'read:order' },
    });
    expect(standingOf(orHolder, principalOf(['read:order']), now)).toEqual({ verdict: 'yes' });
  });

  it('is no rather than own where more lacks than the thing', () => {
    const policy = policyOf({ owner: ownerRule(), roles: ['support'] });
    expect(standingOf(policy, principalOf(), now)).toEqual({ verdict: 'no', required: { roles: ['support'] } });
  });

  it('changes with the instant where a recent sign-in is asked for', () => {
    const policy = policyOf({ maxAgeMs: 60_000 });
    const principal = principalOf([], 'customer', sessionOf());
    expect(standingOf(policy, principal, now + 60_000).verdict).toBe('yes');
    expect(standingOf(policy, principal, now + 60_001)).toEqual({
      verdict: 'no',
      required: { recentSignIn: { maxAgeSeconds: 60 } },
    });
  });
});

describe('what is required, in words', () => {
  it.each([
    [{}, []],
    [{ roles: ['admin', 'support'] }, ['role admin or support']],
    [{ permissions: { anyOf: ['a:b', 'c:d'] } }, ['a:b or c:d']],
    [{ permissions: { allOf: ['a:b', 'c:d'] } }, ['a:b and c:d']],
    [{ secondFactor: true } as const, ['second factor']],
    [{ recentSignIn: { maxAgeSeconds: 300 } }, ['sign-in within 5 min']],
    [{ owner: true } as const, ['own']],
    [{ owner: true, orPermission: 'a:b' } as const, ['own or a:b']],
  ])('%j is %j', (required, words) => {
    expect(requiredInWords(required)).toEqual(words);
  });
});

@Controller('things')
class Things {
  @Get()
  @Public()
  list() {}

  @Get(':id')
  @Auth()
  one() {}

  @Post()
  @Permission('update:order')
  make() {}
}

describe('Reach', () => {
  it('tells of every route at once, HEAD aside, without asking for anything', async () => {
    const { app, people } = await startApplication({ controllers: [Things] });
    expect(app.get(Reach).of(principalOf())).toEqual([
      { method: 'GET', path: '/things', verdict: 'yes' },
      { method: 'GET', path: '/things/:id', verdict: 'yes' },
      { method: 'POST', path: '/things', verdict: 'no', required: { permissions: { anyOf: ['update:order'] } } },
    ]);
    expect(people.loads).toBe(0);
    await app.close();
  });
});
