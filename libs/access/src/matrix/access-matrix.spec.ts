import { describe, expect, it } from 'vitest';
import { limitOf, ownerRule, policyOf } from '../../test/policies.js';
import type { Policy } from '../policy/policy.js';
import { accessMatrix, type MatrixRoute } from './access-matrix.js';

const roles = [
  { name: 'admin', permissions: ['read:order', 'update:order'] },
  { name: 'customer', permissions: [] },
  { name: 'support', permissions: ['read:order'] },
];
const rest = { roles, open: [], permissions: ['read:order', 'update:order'], auditedResources: ['order'] };
const routeOf = (method: string, path: string, own: Partial<Policy> = {}) => ({ method, path, policy: policyOf(own) });

/** The row of a route with this policy. */
function rowOf(own: Partial<Policy>, method = 'GET'): MatrixRoute {
  const [row] = accessMatrix({ ...rest, routes: [routeOf(method, '/things/:id', own)] }).routes;
  if (row === undefined) throw new Error('there is no row');
  return row;
}

describe('a row of the matrix', () => {
  it('says null of all that is not asked for', () => {
    expect(rowOf({})).toEqual({
      method: 'GET',
      path: '/things/:id',
      handler: 'Things.handle',
      who: 'signed in',
      public: false,
      roles: null,
      permissions: null,
      owner: null,
      secondFactor: false,
      maxAgeSeconds: null,
      limits: [],
      limit: 'default',
      audited: ['denials'],
      may: { admin: 'yes', customer: 'yes', support: 'yes' },
    });
  });

  it('says all that is asked for', () => {
    const row = rowOf(
      {
        roles: ['support'],
        permissions: { mode: 'any', names: ['read:order'] },
        owner: ownerRule({ unless: 'update:order', hide: true }),
        mfa: true,
        maxAgeMs: 300_000,
        limits: [limitOf(), limitOf({ limit: 9, windowMs: 3_600_000, per: 'address' })],
      },
      'POST',
    );
    expect(row).toMatchObject({
      who: 'role support, read:order, own or update:order, second factor, sign-in within 5 min',
      roles: ['support'],
      permissions: { mode: 'any', names: ['read:order'] },
      owner: { entity: 'Parcel', param: 'id', field: 'userId', unless: 'update:order', hide: true },
      secondFactor: true,
      maxAgeSeconds: 300,
      limits: [
        { limit: 5, windowSeconds: 60, per: 'caller' },
        { limit: 9, windowSeconds: 3_600, per: 'address' },
      ],
      limit: '5 per 1 min, 9 per 1 h and address',
      audited: ['denials', 'changes'],
      may: { admin: 'no', customer: 'no', support: 'own' },
    });
  });

  it.each([
    ['anyone', { isPublic: true }, ['yes', 'yes', 'yes']],
    ['a permission', { permissions: { mode: 'any', names: ['read:order'] } }, ['yes', 'no', 'yes']],
    ['a role, literally', { roles: ['support'] }, ['no', 'no', 'yes']],
    ['the owner', { owner: ownerRule() }, ['own', 'own', 'own']],
    ['the owner or a permission', { owner: ownerRule({ unless: 'read:order' }) }, ['yes', 'own', 'yes']],
    ['a fresh sign-in with a second factor', { mfa: true, maxAgeMs: 1 }, ['yes', 'yes', 'yes']],
  ] as const)('says which role may call what asks for %s', (_name, own, [admin, customer, support]) => {
    expect(rowOf(own).may).toEqual({ admin, customer, support });
  });

  it('says what is recorded of it', () => {
    const probe = { isPublic: true, unlimited: true };
    expect(rowOf(probe).audited).toEqual([]);
    expect(rowOf({ isPublic: true }).audited).toEqual(['denials']);
    expect(rowOf({ unlimited: true }).audited).toEqual(['denials']);
    expect(rowOf(probe, 'DELETE').audited).toEqual(['changes']);
    expect(rowOf(probe, 'OPTIONS').audited).toEqual([]);
  });

  it('says where no limit counts at all', () => {
    expect(rowOf({ unlimited: true })).toMatchObject({ limits: null, limit: 'none' });
  });

  it('says no more of an owner than there is', () => {
    expect(rowOf({ owner: ownerRule() }).owner).toMatchObject({ unless: null, hide: false });
  });
});

describe('the matrix', () => {
  it('is sorted by path and then by method, the same on every machine, without HEAD', () => {
    const routes = [
      routeOf('POST', '/b'),
      routeOf('GET', '/b'),
      routeOf('HEAD', '/b'),
      routeOf('DELETE', '/b'),
      routeOf('GET', '/a'),
      routeOf('GET', '/B'),
      routeOf('GET', '/a/:id'),
    ];
    expect(accessMatrix({ ...rest, routes }).routes.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /B',
      'GET /a',
      'GET /a/:id',
      'DELETE /b',
      'GET /b',
      'POST /b',
    ]);
  });

  it('carries roles, permissions and audited resources as they are, and what is open sorted', () => {
    const open = ['GET /docs', 'GET /a'];
    expect(accessMatrix({ ...rest, open, routes: [] })).toEqual({ ...rest, open: ['GET /a', 'GET /docs'], routes: [] });
    expect(open).toEqual(['GET /docs', 'GET /a']);
  });
});
