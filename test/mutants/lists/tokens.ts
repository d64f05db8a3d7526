import type { Mutant } from '../mutant.js';

const auth = 'dist/libs/features/auth/src';

/** S1 to S13: tokens, sessions, cookies, keys. */
export const tokenMutants: readonly Mutant[] = [
  {
    name: 'S1 a token of another kind passes for an access token',
    file: `${auth}/tokens/access-tokens.js`,
    find: "typ: z.literal('access')",
    replace: 'typ: z.string()',
    suites: ['test/security/tokens.spec.ts'],
  },
  {
    name: 'S2 the signature is not looked at',
    file: `${auth}/tokens/access-tokens.js`,
    find: 'const { payload } = await jwtVerify(token, key.verifying, {',
    replace: `const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
            void ({`,
    suites: ['test/security/tokens.spec.ts'],
  },
  {
    name: 'S3 any issuer will do',
    file: `${auth}/tokens/access-tokens.js`,
    find: ' issuer: this.configuration.JWT_ISSUER,',
    replace: '',
    suites: ['test/security/tokens.spec.ts'],
  },
  {
    name: 'S4 an access token lives an hour',
    file: `${auth}/tokens/access-tokens.js`,
    find: 'export const lifetimeSeconds = 900;',
    replace: 'export const lifetimeSeconds = 3600;',
    suites: ['test/security/tokens.spec.ts'],
  },
  {
    name: 'S5 a used refresh token is exchanged once more',
    file: `${auth}/sessions/sessions.repository.js`,
    find: 't.hash = $1 AND t.used_at IS NULL AND',
    replace: 't.hash = $1 AND',
    suites: ['test/security/refresh-reuse.spec.ts', 'test/races/tokens.spec.ts'],
  },
  {
    name: 'S6 a refresh token that comes back ends nothing',
    file: `${auth}/sessions/refresh-rotation.js`,
    find: 'await this.endReused(state);',
    replace: '',
    suites: ['test/security/refresh-reuse.spec.ts'],
  },
  {
    name: 'S7 a session that has ended is as good as before',
    file: `${auth}/sessions/principal.repository.js`,
    find: 's.id = $1 AND s.ended_at IS NULL AND',
    replace: 's.id = $1 AND',
    suites: ['test/security/sessions.spec.ts'],
  },
  {
    name: 'S8 a new password leaves the sessions as they are',
    file: `${auth}/passwords/password-reset.service.js`,
    find: "await this.sessions.endAllOf(userId, 'password reset');",
    replace: '',
    suites: ['test/security/sessions.spec.ts'],
  },
  {
    name: 'S9 signing out everywhere ends nothing',
    file: `${auth}/sessions/sessions.controller.js`,
    find: "await this.sessions.endAllOf(id, 'signed out everywhere');",
    replace: '',
    suites: ['test/security/sessions.spec.ts'],
  },
  {
    name: 'S10 tokens are stored as they are',
    file: `${auth}/tokens/opaque-token.js`,
    find: "createHash('sha256').update(token).digest()",
    replace: 'Buffer.from(token)',
    suites: ['test/security/dump.spec.ts'],
  },
  {
    name: 'S11 of two credentials the first one counts',
    file: `${auth}/tokens/presented-token.js`,
    find: 'if (other !== undefined && other !== token)',
    replace: 'if (other === null)',
    suites: ['test/security/tokens.spec.ts', 'test/security/cookies.spec.ts'],
  },
  {
    name: 'S12 a cookie is enough to change something',
    file: `${auth}/sessions/session-cookies.js`,
    find: 'if (!this.csrfTokens(sessionId).some((token) => same(given, token)))',
    replace: 'if (given === sessionId)',
    suites: ['test/security/cookies.spec.ts'],
  },
  {
    name: 'S13 a token that was verified once outlives its key',
    file: `${auth}/tokens/jwt.authenticator.js`,
    find: ' || !this.keys.stillVerifies(known.key)',
    replace: '',
    suites: ['test/security/keys.spec.ts'],
  },
];
