import { describe, expect, it } from 'vitest';
import { limitOf, ownerRule } from '../../test/policies.js';
import type { Declaration, DeclarationKind } from '../vocabulary/declaration.js';
import { contradictions, repetitions, unfitting } from './contradictions.js';

const says: { readonly [K in DeclarationKind]: Extract<Declaration, { kind: K }> } = {
  public: { kind: 'public' },
  system: { kind: 'system' },
  auth: { kind: 'auth', mfa: false, maxAgeMs: undefined },
  role: { kind: 'role', roles: ['admin'] },
  permission: { kind: 'permission', mode: 'any', permissions: [] },
  owner: { kind: 'owner', rule: ownerRule() },
  limit: { kind: 'limit', rule: limitOf() },
  unlimited: { kind: 'unlimited' },
};
const all = Object.values(says);

describe('repetitions', () => {
  it('names each kind that one target says more than once, and each once', () => {
    const { auth, role, unlimited } = says;
    expect(repetitions([auth, role, auth, auth, unlimited, unlimited], 'class Things')).toEqual([
      'class Things says @Auth twice',
      'class Things says @RateLimit.exempt twice',
    ]);
  });

  it('lets several limits stand together, and every kind once', () => {
    expect(repetitions([says.limit, says.limit, ...all], 'Things.handle')).toEqual([]);
  });
});

describe('contradictions', () => {
  it('lets a public handler ask for nobody', () => {
    expect(
      contradictions(
        true,
        all.filter(({ kind }) => kind !== 'system' && kind !== 'limit'),
        'Things.handle',
      ),
    ).toEqual([
      'Things.handle is @Public and @Role at once',
      'Things.handle is @Public and @Permission at once',
      'Things.handle is @Public and @Owner at once',
    ]);
  });

  it('lets the system be nobody else', () => {
    expect(
      contradictions(
        false,
        all.filter(({ kind }) => kind !== 'unlimited'),
        'Things.handle',
      ),
    ).toEqual([
      'Things.handle is @System and @Public at once',
      'Things.handle is @System and @Auth at once',
      'Things.handle is @System and @Role at once',
      'Things.handle is @System and @Permission at once',
      'Things.handle is @System and @Owner at once',
    ]);
  });

  it('takes a limit or an exemption, not both', () => {
    const { limit, unlimited } = says;
    const both = ['Things.handle is limited and exempt from limits at once'];
    expect(contradictions(false, [limit, unlimited], 'Things.handle')).toEqual(both);
    expect(contradictions(false, [limit], 'Things.handle')).toEqual([]);
    expect(contradictions(false, [unlimited], 'Things.handle')).toEqual([]);
  });

  it('finds none in kinds that combine', () => {
    const { auth, role, permission, owner, limit } = says;
    expect(contradictions(false, [auth, role, permission, owner, limit], 'Things.handle')).toEqual([]);
  });
});

describe('unfitting', () => {
  it.each([
    ['route', ['@System']],
    ['message', ['@System', '@Owner']],
    ['connection', ['@System', '@Owner']],
    ['job', ['@Public', '@Owner', '@RateLimit', '@RateLimit.exempt']],
  ] as const)('tells what means nothing for a %s', (way, senseless) => {
    expect(unfitting(way, [...all, ...all], 'Things.handle')).toEqual(
      senseless.map((kind) => `Things.handle handles a ${way}, for which ${kind} means nothing`),
    );
  });

  it.each([
    { mfa: true, maxAgeMs: undefined },
    { mfa: false, maxAgeMs: 1 },
  ])('asks no more of the session of a job, which has none: %o', (auth) => {
    const said: Declaration[] = [{ kind: 'auth', ...auth }];
    expect(unfitting('job', said, 'Things.handle')).toEqual([
      'Things.handle handles a job, which has no session to ask more of',
    ]);
    expect(unfitting('route', said, 'Things.handle')).toEqual([]);
    expect(unfitting('job', [says.auth, says.role], 'Things.handle')).toEqual([]);
  });
});
