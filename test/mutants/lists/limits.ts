import type { Mutant } from '../mutant.js';

const limits = ['test/security/matrix-limits.spec.ts'];
const guard = 'dist/libs/access/src/decision/access.guard.js';
const limiter = 'dist/libs/access/src/limits/rate-limiter.js';

/** Limits. */
export const limitMutants: readonly Mutant[] = [
  {
    name: 'S46 nothing is counted',
    file: limiter,
    find: 'if (policy.unlimited)',
    replace: 'if (policy)',
    suites: limits,
  },
  {
    name: 'S46 one call more than the limit passes',
    file: limiter,
    find: 'if (hits > limit)',
    replace: 'if (hits > limit + 1)',
    suites: limits,
  },
  {
    name: 'S46 the limits of a route are dropped',
    file: limiter,
    find: ': [fallback, ...own]',
    replace: ': [fallback]',
    suites: limits,
  },
  {
    name: 'S46 the default limit is dropped where a route has its own',
    file: limiter,
    find: ': [fallback, ...own]',
    replace: ': own.length > 0 ? own : [fallback]',
    suites: limits,
  },
  {
    name: 'a bad token is refused before it is counted',
    file: guard,
    find: 'const counted = this.limiter.count(',
    replace: 'const counted = invalid !== undefined ? undefined : this.limiter.count(',
    suites: ['test/security/limits.spec.ts'],
  },
];
