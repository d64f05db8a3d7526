import { describe, expect, it } from 'vitest';
import type { Policy } from '../policy/policy.js';
import { Principal } from './principal.js';
import { demands, missing } from './requirements.js';

const signedInAt = new Date('2026-01-01T00:00:00Z');
const now = signedInAt.getTime() + 60_000;

function policy(own: Partial<Record<keyof Policy, unknown>>): Policy {
  const open: Policy = {
    name: 'Things.handle',
    route: 'get-things',
    way: 'route',
    isPublic: false,
    isSystem: false,
    mfa: false,
    maxAgeMs: undefined,
    roles: undefined,
    permissions: undefined,
    owner: undefined,
    limits: [],
    unlimited: false,
  };
  return Object.assign(open, own);
}

function principal(role: string, permissions: readonly string[] = [], secondFactor = false): Principal {
  return new Principal('id', 'a@example.com', role, new Set(permissions), {
    id: 's',
    signedInAt,
    expiresAt: new Date(signedInAt.getTime() + 1),
    methods: ['password'],
    secondFactor,
  });
}

describe('missing', () => {
  it('is nothing where nothing is asked for', () => {
    expect(missing(policy({}), principal('customer'), now)).toBeUndefined();
  });

  it('takes a role literally: admin passes only where it is listed', () => {
    expect(missing(policy({ roles: ['manager'] }), principal('admin'), now)).toEqual({ roles: ['manager'] });
    expect(missing(policy({ roles: ['manager', 'admin'] }), principal('admin'), now)).toBeUndefined();
  });

  it('is satisfied by any one of the permissions, or names all that would do', () => {
    const any = policy({ permissions: { mode: 'any', names: ['read:a', 'read:b'] } });
    expect(missing(any, principal('x', ['read:b']), now)).toBeUndefined();
    expect(missing(any, principal('x', ['read:c']), now)).toEqual({ permissions: { anyOf: ['read:a', 'read:b'] } });
  });

  it('wants every one where all are asked for, and names those that lack', () => {
    const all = policy({ permissions: { mode: 'all', names: ['read:a', 'read:b'] } });
    expect(missing(all, principal('x', ['read:b']), now)).toEqual({ permissions: { allOf: ['read:a'] } });
    expect(missing(all, principal('x', ['read:b', 'read:a']), now)).toBeUndefined();
  });

  it('denies everybody where a list is empty', () => {
    expect(missing(policy({ roles: [] }), principal('admin'), now)).toBeDefined();
    expect(
      missing(policy({ permissions: { mode: 'any', names: [] } }), principal('admin', ['read:a']), now),
    ).toBeDefined();
    expect(
      missing(policy({ permissions: { mode: 'all', names: [] } }), principal('admin', ['read:a']), now),
    ).toBeDefined();
  });

  it('asks for a sign-in that is recent to the millisecond', () => {
    expect(missing(policy({ maxAgeMs: 60_000 }), principal('x'), now)).toBeUndefined();
    expect(missing(policy({ maxAgeMs: 59_999 }), principal('x'), now)).toEqual({
      recentSignIn: { maxAgeSeconds: 59.999 },
    });
  });

  it('collects all that is missing at once', () => {
    const strict = policy({
      roles: ['a'],
      permissions: { mode: 'any', names: ['read:a'] },
      mfa: true,
      maxAgeMs: 1_000,
    });
    expect(missing(strict, principal('x'), now)).toEqual({
      roles: ['a'],
      permissions: { anyOf: ['read:a'] },
      secondFactor: true,
      recentSignIn: { maxAgeSeconds: 1 },
    });
    expect(demands(strict)).toEqual(['role a', 'permission read:a', 'second factor', 'sign-in within 1 s']);
  });
});
