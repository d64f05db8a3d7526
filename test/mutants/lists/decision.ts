import type { Mutant } from '../mutant.js';

const cells = ['test/security/matrix.spec.ts'];
const words = ['test/security/matrix-vocabulary.spec.ts'];
const changes = ['test/security/matrix-changes.spec.ts'];
const guard = 'dist/libs/access/src/decision/access.guard.js';
const decided = 'dist/libs/access/src/decision/decision.js';
const requirements = 'dist/libs/access/src/decision/requirements.js';
const resolution = 'dist/libs/access/src/policy/resolve-policy.js';

/** What the guard does with a policy, and in which order. */
export const decisionMutants: readonly Mutant[] = [
  {
    name: 'S30 a session is not asked for once the token is sound',
    file: guard,
    find: 'if (principal === undefined || principal.id !== valid.userId)',
    replace: 'if (principal === undefined)',
    suites: cells,
  },
  {
    name: 'S30 what is missing is not looked at',
    file: decided,
    find: 'if (lacking !== undefined)',
    replace: 'if (lacking === null)',
    suites: cells,
  },
  {
    name: 'S30 the resource is looked at before the caller',
    file: decided,
    find: `        if (lacking !== undefined)
            throw forbidden(principal, { required: lacking });
        return policy.owner === undefined ? undefined : this.owned(policy.owner, principal, parameters, trace);`,
    replace: `        const refuse = () => {
            if (lacking !== undefined)
                throw forbidden(principal, { required: lacking });
        };
        if (policy.owner === undefined)
            return refuse();
        return this.owned(policy.owner, principal, parameters, trace).then((resource) => (refuse(), resource));`,
    suites: words,
  },
  {
    name: 'S30 a malformed id is asked of the database',
    file: decided,
    find: 'if (!isIdentifier(id))',
    replace: "if (typeof id !== 'string')",
    suites: [...words, ...changes],
  },
  {
    name: "S30 every resource is the caller's own",
    file: decided,
    find: 'Reflect.get(resource, rule.field) === principal.id',
    replace: 'Reflect.has(resource, rule.field)',
    suites: cells,
  },
  {
    name: 'S30 the owner is always asked of one field',
    file: decided,
    find: 'Reflect.get(resource, rule.field) === principal.id',
    replace: 'Reflect.get(resource, "userId") === principal.id',
    suites: words,
  },
  {
    name: 'S30 the permission that stands in for ownership is not asked for',
    file: decided,
    find: 'rule.unless !== undefined && principal.can(rule.unless)',
    replace: 'rule.unless !== undefined',
    suites: cells,
  },
  {
    name: 'S30 that a thing exists is told where it should be hidden',
    file: decided,
    find: 'if (rule.hide)',
    replace: 'if (rule.hide === undefined)',
    suites: words,
  },
  {
    name: 'S30 a role is as good as another',
    file: requirements,
    find: '!policy.roles.includes(principal.role)',
    replace: 'policy.roles.length === 0',
    suites: cells,
  },
  {
    name: 'S30 an admin passes where the role is not listed',
    file: requirements,
    find: '!policy.roles.includes(principal.role)',
    replace: "!policy.roles.includes(principal.role) && principal.role !== 'admin'",
    suites: words,
  },
  {
    name: 'S30 all of the permissions is satisfied by one of them',
    file: requirements,
    find: 'return lacking.length > 0 || permissions.names.length === 0',
    replace: 'return lacking.length === permissions.names.length',
    suites: words,
  },
  {
    name: 'S30 an empty list of permissions admits',
    file: requirements,
    find: ' || permissions.names.length === 0',
    replace: '',
    suites: words,
  },
  {
    name: 'S30 a second factor is not missed',
    file: requirements,
    find: 'policy.mfa && !principal.session.secondFactor',
    replace: 'policy.mfa && principal.session.secondFactor === undefined',
    suites: words,
  },
  {
    name: 'S30 a sign-in is recent for a millisecond more',
    file: requirements,
    find: 'age > policy.maxAgeMs',
    replace: 'age > policy.maxAgeMs + 1',
    suites: words,
  },
  {
    name: 'S30 a refusal names the first thing that is missing only',
    file: requirements,
    find: '...(permissions === undefined ? {} : { permissions })',
    replace: '...(permissions === undefined || roles !== undefined ? {} : { permissions })',
    suites: words,
  },
];

/** That the boot refuses what would be reached without a policy. */
export const bootMutants: readonly Mutant[] = [
  {
    name: 'a handler that declares nothing is let be',
    file: resolution,
    find: 'problems.unshift(undeclared(name, way));',
    replace: '{}',
    suites: ['test/e2e/boot.spec.ts'],
  },
  {
    name: 'a raw route is let be',
    file: 'dist/libs/access/src/policy/served-routes.js',
    find: '.filter((route) => !this.isOpened(route))',
    replace: '.filter(() => false)',
    suites: ['test/e2e/boot.spec.ts'],
  },
  {
    name: 'messages of a gateway are no way in',
    file: 'dist/libs/access/src/policy/ways-in.js',
    find: 'if (Reflect.hasMetadata(MESSAGE_MAPPING_METADATA, handler))',
    replace: 'if (false)',
    suites: ['test/e2e/boot.spec.ts'],
  },
  {
    name: 'connections of a gateway are no way in',
    file: 'dist/libs/access/src/policy/ways-in.js',
    find: "if (method === 'handleConnection')",
    replace: 'if (false)',
    suites: ['test/e2e/boot.spec.ts'],
  },
  {
    name: 'consumers of jobs are no way in',
    file: 'dist/libs/access/src/policy/ways-in.js',
    find: 'if (job !== undefined)',
    replace: 'if (false)',
    suites: ['test/e2e/boot.spec.ts'],
  },
  {
    name: 'a policy that nothing decides by is let be',
    file: 'dist/libs/access/src/policy/policy-registry.js',
    find: '!this.decided.has(way)',
    replace: 'false',
    suites: ['test/e2e/boot.spec.ts'],
  },
];
