import type { Mutant } from '../mutant.js';

const cells = ['test/security/matrix.spec.ts'];
const changes = ['test/security/matrix-changes.spec.ts'];
const replicas = ['test/security/freshness.spec.ts'];
const holdings = 'dist/libs/access/src/decision/holdings.js';
const cache = 'dist/libs/access/src/freshness/principal-cache.js';
const principals = 'dist/libs/features/auth/src/sessions/principal.repository.js';

/** What a principal holds, and until when that is believed. */
export const freshnessMutants: readonly Mutant[] = [
  {
    name: 'S30 every role but the customer holds what the admin does',
    file: holdings,
    find: "if (role === 'admin')",
    replace: "if (role !== 'customer')",
    suites: cells,
  },
  {
    name: 'S30 the admin holds what the table says only',
    file: holdings,
    find: "if (role === 'admin')",
    replace: "if (role === '')",
    suites: cells,
  },
  {
    name: 'S30 grants hold nothing',
    file: holdings,
    find: '[...rolePermissions, ...granted]',
    replace: 'rolePermissions',
    suites: cells,
  },
  {
    name: 'S33 a grant is in force from the start',
    file: holdings,
    find: 'startsAt.getTime() <= now && ',
    replace: '',
    suites: changes,
  },
  {
    name: 'S33 a grant lasts a millisecond too long',
    file: cache,
    find: 'this.clock.milliseconds() >= entry.holdsUntil',
    replace: 'this.clock.milliseconds() > entry.holdsUntil',
    suites: changes,
  },
  {
    name: 'S33 a cached principal outlives the grant it came from',
    file: cache,
    find: ', ...turns(facts.grants).filter((turn) => turn > now)',
    replace: '',
    suites: changes,
  },
  {
    name: 'S30 a cached principal outlives the session it came from',
    file: cache,
    find: 'Math.min(facts.session.expiresAt.getTime(), ',
    replace: 'Math.min(',
    suites: changes,
  },
  {
    name: 'S30 a session that was signed out is still good',
    file: principals,
    find: 's.ended_at IS NULL AND ',
    replace: '',
    suites: changes,
  },
  {
    name: 'S30 a session that is over is still good',
    file: principals,
    find: ' AND s.expires_at > $2',
    replace: '',
    suites: changes,
  },
  {
    name: 'S30 a user who is disabled is still good',
    file: principals,
    find: ' AND u.disabled_at IS NULL',
    replace: '',
    suites: changes,
  },
  {
    name: 'S30 this process forgets nothing when it changes something itself',
    file: 'dist/libs/access/src/freshness/access-changes.js',
    find: 'this.cache.forget(change)',
    replace: 'undefined',
    suites: changes,
  },
  {
    name: 'S32 other processes are not told of a change',
    file: 'dist/libs/access/src/freshness/access-changes.js',
    find: "await this.transactions.query('SELECT pg_notify($1, $2)', [accessChannel, change]);",
    replace: '',
    suites: replicas,
  },
  {
    name: 'S32 what another process announces is not heard',
    file: cache,
    find: '(change) => this.forget(change)',
    replace: '() => undefined',
    suites: changes,
  },
  {
    name: 'S32 a change of a user is not a reason to forget them',
    file: cache,
    find: "kind === 'user' ? principal.id : principal.role",
    replace: "kind === 'user' ? sessionId : principal.role",
    suites: changes,
  },
  {
    name: 'S32 a change of a role is not a reason to forget who has it',
    file: cache,
    find: "kind === 'user' ? principal.id : principal.role",
    replace: 'principal.id',
    suites: changes,
  },
  {
    name: 'S32 a cached principal is trusted while nothing is heard',
    file: cache,
    find: 'return this.notifications.confirmedWithin(trustMs) ? entry.principal : undefined',
    replace: 'return entry.principal',
    suites: replicas,
  },
  {
    name: 'S32 what was cached before the connection was lost is kept',
    file: cache,
    find: '() => this.forgetAll()',
    replace: '() => undefined',
    suites: replicas,
  },
  {
    name: 'S30 a session that is revoked is not announced',
    file: 'dist/libs/features/auth/src/sessions/sessions.service.js',
    find: 'await this.changes.session(sessionId);',
    replace: '{}',
    suites: changes,
  },
  {
    name: 'S30 a role that is changed is not announced',
    file: 'dist/libs/features/users/src/users.service.js',
    find: 'await this.changes.user(id);\n            return this.get(id);',
    replace: 'return this.get(id);',
    suites: changes,
  },
];
