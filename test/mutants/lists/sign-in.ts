import type { Mutant } from '../mutant.js';

const auth = 'dist/libs/features/auth/src';
const users = 'dist/libs/features/users/src';

/** S14 to S21: signing in with a password. */
export const signInMutants: readonly Mutant[] = [
  {
    name: 'S14 an unknown account costs no verification',
    file: `${auth}/passwords/passwords.js`,
    find: 'await this.verifies(passwordHash ?? this.decoy, password)',
    replace: '(passwordHash ? await this.verifies(passwordHash, password) : false)',
    suites: ['test/security/sign-in.spec.ts'],
  },
  {
    name: 'S15 a forgotten password is answered when its token is stored',
    file: `${auth}/passwords/password-reset.service.js`,
    find: "await this.jobs.enqueue('auth.password-forgotten', { email })",
    replace: 'await this.mailToken(email)',
    suites: ['test/security/sign-in.spec.ts'],
  },
  {
    name: 'S16 a lock lets the right password through',
    file: `${auth}/passwords/passwords.js`,
    find: 'return same && admitted &&',
    replace: 'return same &&',
    suites: ['test/security/lockout.spec.ts'],
  },
  {
    name: 'S17 capitals make another account',
    file: `${users}/canonical-email.js`,
    find: 'return visible.toLowerCase().replaceAll(',
    replace: 'return visible.replaceAll(',
    suites: ['test/security/sign-in.spec.ts'],
  },
  {
    name: 'S18 a second first admin is made',
    file: `${auth}/registration/first-admin.service.js`,
    find: 'if (admins.some(({ hasAWayIn }) => hasAWayIn))',
    replace: 'if (admins.length > 100)',
    suites: ['test/security/first-admin.spec.ts'],
  },
  {
    name: 'S19 a common password is taken',
    file: `${auth}/passwords/password-policy.js`,
    find: 'if (await isCommonPassword(folded))',
    replace: "if (folded === '')",
    suites: ['test/security/passwords.spec.ts'],
  },
  {
    name: 'S20 any number of passwords may wait',
    file: `${auth}/passwords/passwords.js`,
    find: 'const waitingAtMost = 300;',
    replace: 'const waitingAtMost = 30_000;',
    suites: ['test/security/sign-in-load.spec.ts'],
  },
  {
    name: 'S21 a mailed token sets a password twice',
    file: `${auth}/passwords/password-tokens.repository.js`,
    find: 'return { usedAt: IsNull(), expiresAt: MoreThan(now) };',
    replace: 'return { expiresAt: MoreThan(now) };',
    suites: ['test/security/sign-in.spec.ts', 'test/security/passwords.spec.ts', 'test/races/tokens.spec.ts'],
  },
];

/** S22 to S25: the second factor. */
export const secondFactorMutants: readonly Mutant[] = [
  {
    name: 'S22 a code is taken a second time',
    file: `${auth}/second-factor/second-factor.repository.js`,
    find: 'AND (last_step IS NULL OR last_step < $2) RETURNING',
    replace: 'AND $2 = $2 RETURNING',
    suites: ['test/security/second-factor.spec.ts', 'test/races/second-factor.spec.ts'],
  },
  {
    name: 'S23 the second factor goes without one',
    file: `${auth}/second-factor/second-factor.controller.js`,
    find: `Post('disable'),
    HttpCode(200),
    Auth({ mfa: true, maxAge: '5m' }),`,
    replace: `Post('disable'),
    HttpCode(200),
    Auth(),`,
    suites: ['test/security/second-factor.spec.ts', 'test/security/second-factor-settings.spec.ts'],
  },
  {
    name: 'S24 a challenge takes fifty tries',
    file: `${auth}/second-factor/sign-in-challenges.service.js`,
    find: 'const triesAtMost = 5;',
    replace: 'const triesAtMost = 50;',
    suites: ['test/security/second-factor.spec.ts', 'test/races/second-factor.spec.ts'],
  },
  {
    name: 'S25 any recovery code will do while one is left',
    file: `${auth}/second-factor/second-factor-codes.js`,
    find: 'if (!(await this.repository.useRecoveryCode(userId, tokenHash(code))))',
    replace: 'if (!(await this.repository.recoveryCodesLeft(userId)))',
    suites: ['test/security/second-factor.spec.ts', 'test/security/second-factor-settings.spec.ts'],
  },
];

/** S26 to S28: signing in with Google. */
export const googleMutants: readonly Mutant[] = [
  {
    name: 'S26 a state of another browser will do',
    file: `${auth}/google/oauth-flows.js`,
    find: '!same(state, opened.flow.session.google.state.handle)',
    replace: '!same(state, state)',
    suites: ['test/security/google.spec.ts'],
  },
  {
    name: 'S26 a state comes back a second time',
    file: `${auth}/google/oauth-flows.js`,
    find: 'if (!(await this.states.use(tokenHash(state), opened.expiresAt, now)))',
    replace: `await this.states.use(tokenHash(state), opened.expiresAt, now);
        if (now === undefined)`,
    suites: ['test/security/google.spec.ts', 'test/races/google.spec.ts'],
  },
  {
    name: 'S27 an account whose address nobody confirmed is taken over',
    file: `${auth}/google/google-accounts.service.js`,
    find: 'if (user.emailVerifiedAt === null)',
    replace: 'if (user.emailVerifiedAt === undefined)',
    suites: ['test/security/google-accounts.spec.ts'],
  },
  {
    name: 'S28 anybody is sent anywhere',
    file: `${auth}/google/return-address.js`,
    find: '!this.origins.has(url.origin) || ',
    replace: '',
    suites: ['test/security/google-return.spec.ts'],
  },
];
