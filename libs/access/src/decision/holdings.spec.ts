import { describe, expect, it } from 'vitest';
import { signedInAt } from '../../test/policies.js';
import { PermissionCatalogue } from '../vocabulary/permissions.js';
import { permissionsHeld, turns, waysTo } from './holdings.js';
import type { GrantFacts, UserFacts } from './ports.js';

const now = signedInAt.getTime();
const catalogue = new PermissionCatalogue();
catalogue.add({ 'read:thing': '', 'write:thing': '', 'drop:thing': '' });

function grantOf(permission: string, starts: number, ends: number | null): GrantFacts {
  return { permission, startsAt: new Date(now + starts), expiresAt: ends === null ? null : new Date(now + ends) };
}

function userOf(own: Partial<UserFacts>): UserFacts {
  return { userId: 'u', email: 'u@example.com', role: 'support', rolePermissions: [], grants: [], ...own };
}

describe('what a user holds', () => {
  it("is the role's and the grants', each once", () => {
    const grants = [grantOf('write:thing', -1, null), grantOf('read:thing', -1, null)];
    const held = permissionsHeld(userOf({ rolePermissions: ['read:thing'], grants }), catalogue, now);
    expect([...held]).toEqual(['read:thing', 'write:thing']);
  });

  it.each([
    ['from the instant it starts', 0, 10, true],
    ['not a millisecond before', 1, 10, false],
    ['until the millisecond before it ends', -10, 1, true],
    ['not at its end', -10, 0, false],
    ['without end where it has none', -10, null, true],
    ['not before it starts where it has no end', 1, null, false],
  ])('is granted %s', (_when, starts, ends, holds) => {
    const user = userOf({ grants: [grantOf('write:thing', starts, ends)] });
    expect(permissionsHeld(user, catalogue, now).has('write:thing')).toBe(holds);
    expect(waysTo('write:thing', user, now)).toHaveLength(holds ? 1 : 0);
  });

  it('is the whole catalogue for an admin, and for no other role', () => {
    expect([...permissionsHeld(userOf({ role: 'admin' }), catalogue, now)]).toEqual(catalogue.names());
    expect([...permissionsHeld(userOf({ role: 'administrator' }), catalogue, now)]).toEqual([]);
  });
});

describe('the ways to a permission', () => {
  it('are the role and each grant of it, with its end', () => {
    const grants = [grantOf('read:thing', -1, 5), grantOf('read:thing', -1, null), grantOf('write:thing', -1, null)];
    expect(waysTo('read:thing', userOf({ rolePermissions: ['read:thing'], grants }), now)).toEqual([
      { via: 'role', role: 'support', expiresAt: null },
      { via: 'grant', role: null, expiresAt: new Date(now + 5) },
      { via: 'grant', role: null, expiresAt: null },
    ]);
  });

  it('lead an admin to everything, and somebody without it nowhere', () => {
    expect(waysTo('read:thing', userOf({ role: 'admin' }), now)).toEqual([
      { via: 'role', role: 'admin', expiresAt: null },
    ]);
    expect(waysTo('read:thing', userOf({ rolePermissions: ['write:thing'] }), now)).toEqual([]);
  });
});

describe('the turns of grants', () => {
  it('are where each starts and where it ends, if it ever does', () => {
    expect(turns([grantOf('read:thing', 1, 2), grantOf('read:thing', 3, null)])).toEqual([
      now + 1,
      now + 2,
      now + 3,
      Number.POSITIVE_INFINITY,
    ]);
  });
});
