import { describe, expect, it } from 'vitest';
import { ownerRule, policyOf, signedInAt } from '../../test/policies.js';
import { CheckList, sessionCheck, unreached } from './check-list.js';
import type { UserFacts } from './ports.js';

const now = signedInAt.getTime();
const grant = { permission: 'update:order', startsAt: signedInAt, expiresAt: new Date(now + 1) };
const user: UserFacts = {
  userId: 'u',
  email: 'u@example.com',
  role: 'support',
  rolePermissions: ['read:order'],
  grants: [grant],
};
const byRole = { via: 'role', role: 'support', expiresAt: null, permission: 'read:order' };
const byGrant = { via: 'grant', role: null, expiresAt: grant.expiresAt, permission: 'update:order' };
const strict = policyOf({
  roles: ['support', 'manager'],
  permissions: { mode: 'all', names: ['read:order', 'update:order'] },
  mfa: true,
  maxAgeMs: 60_000,
  owner: ownerRule({ unless: 'read:order' }),
});
const details = {
  role: 'any one of: support, manager',
  permission: 'every one of: read:order, update:order',
  'second-factor': 'a session that passed a second factor',
  'recent-sign-in': 'a sign-in within 60 s',
  owner: 'the resource that id names, their own, or the permission read:order',
};

describe('CheckList', () => {
  it('writes down what is asked for in order, and through what the user holds it', () => {
    const list = new CheckList(strict, user, now);
    list.demands(undefined);
    expect(list.checks).toEqual([
      { check: 'role', outcome: 'passed', detail: details.role, through: [] },
      { check: 'permission', outcome: 'passed', detail: details.permission, through: [byRole, byGrant] },
      { check: 'second-factor', outcome: 'depends', detail: details['second-factor'], through: [] },
      { check: 'recent-sign-in', outcome: 'depends', detail: details['recent-sign-in'], through: [] },
    ]);
  });

  it.each([
    [{ roles: ['support'] }, ['role failed', 'permission passed']],
    [{ permissions: { allOf: ['read:order'] } }, ['role passed', 'permission failed']],
    [{ roles: ['support'], permissions: { allOf: ['read:order'] } }, ['role failed', 'permission failed']],
  ])('fails what is missing, and never comes to the owner: %o', (lacking, outcomes) => {
    const list = new CheckList(strict, user, now);
    list.demands(lacking);
    expect(list.checks.map(({ check, outcome }) => `${check} ${outcome}`)).toEqual([
      ...outcomes,
      'second-factor depends',
      'recent-sign-in depends',
      'owner not-reached',
    ]);
  });

  it('writes nothing for what a policy does not ask', () => {
    const list = new CheckList(policyOf(), user, now);
    list.demands(undefined);
    list.demands({});
    expect(list.checks).toEqual([]);
  });

  it.each([
    ['own', 'passed', 'the resource is theirs'],
    ['foreign', 'failed', "the resource is somebody else's"],
    ['absent', 'failed', 'there is no such resource'],
    ['malformed', 'failed', 'the id is malformed'],
  ] as const)('tells how the resource stands to them: %s', (found, outcome, detail) => {
    const list = new CheckList(strict, user, now);
    list.owner(found);
    expect(list.checks).toEqual([{ check: 'owner', outcome, detail, through: [] }]);
  });

  it('tells through what they hold the permission that stands in for owning it', () => {
    const list = new CheckList(strict, user, now);
    list.owner('by-permission');
    const detail = "the resource is somebody else's, and they hold the permission for that";
    expect(list.checks).toEqual([{ check: 'owner', outcome: 'passed', detail, through: [byRole] }]);
  });

  it('does not count a grant that is over', () => {
    const list = new CheckList(strict, user, now + 1);
    list.demands(undefined);
    expect(list.checks[1]?.through).toEqual([byRole]);
  });
});

describe('the check of the session', () => {
  it.each([
    ['anyone may call it', policyOf({ isPublic: true }), undefined, 'passed'],
    ['nobody is signed in', policyOf(), undefined, 'failed'],
    ['the account is disabled, and has no session', policyOf(), { disabled: true }, 'failed'],
    ['a session of theirs that has not ended', policyOf(), { disabled: false }, 'depends'],
  ])('%s', (detail, policy, caller, outcome) => {
    expect(sessionCheck(policy, caller)).toEqual({ check: 'session', outcome, detail, through: [] });
  });
});

describe('what is not reached', () => {
  it('is all that the policy asks for', () => {
    expect(unreached(strict)).toEqual(
      Object.entries(details).map(([check, detail]) => ({ check, outcome: 'not-reached', detail, through: [] })),
    );
    const one = policyOf({ permissions: { mode: 'any', names: ['read:order'] }, owner: ownerRule() });
    expect(unreached(one).map(({ detail }) => detail)).toEqual([
      'any one of: read:order',
      'the resource that id names, their own',
    ]);
    expect(unreached(policyOf())).toEqual([]);
  });
});
