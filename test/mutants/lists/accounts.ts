import type { Mutant } from '../mutant.js';

const auth = 'dist/libs/features/auth/src';
const users = 'dist/libs/features/users/src';
const body = 'libs/platform/mail/src/mail-body.ts';

/** What keeps an account its owner's: changes of address, mails, and the sessions of others. */
export const accountMutants: readonly Mutant[] = [
  {
    name: 'an address that has an account is mailed a token for it',
    file: `${auth}/email/email-changes.service.js`,
    find: 'const isTaken = holder !== null && holder.id !== user.id;',
    replace: 'const isTaken = holder === undefined;',
    suites: ['test/e2e/email-change.spec.ts'],
  },
  {
    name: 'a sign-in of last week asks for another address',
    file: `${users}/me.service.js`,
    find: 'this.assertRecent(me);',
    replace: '',
    suites: ['test/e2e/email-change.spec.ts'],
  },
  {
    name: 'a change of address is confirmed after its day',
    file: `${auth}/email/email-changes.repository.js`,
    find: 'findOneBy({ tokenHash, expiresAt: MoreThan(now) })',
    replace: 'findOneBy({ tokenHash })',
    suites: ['test/e2e/email-change.spec.ts'],
  },
  {
    name: 'S15 a verification is sent once more before the answer',
    file: `${auth}/registration/registration.controller.js`,
    find: 'await this.registration.resend(email);',
    replace: 'await this.registration.mailAgain(email);',
    suites: ['test/security/accounts.spec.ts'],
  },
  {
    name: 'markup in a name becomes markup in the mail',
    file: body,
    find: '/[&<>"\']/g',
    replace: '/\f/g',
    suites: ['libs/platform/mail/src/mail-body.spec.ts'],
  },
  {
    name: 'a name begins paragraphs of its own in the mail',
    file: body,
    find: "return text.replaceAll(/\\s+/g, ' ');",
    replace: 'return text;',
    suites: ['libs/platform/mail/src/mail-body.spec.ts'],
  },
  {
    name: 'S8 a session that has ended is loaded like a live one',
    file: `${auth}/sessions/principal.repository.js`,
    find: 's.id = $1 AND s.ended_at IS NULL AND s.expires_at > $2',
    replace: 's.id = $1 AND s.expires_at > $2',
    suites: ['test/security/sessions.spec.ts'],
  },
  {
    name: 'S8 the end of a session is announced to nobody',
    file: `${auth}/sessions/sessions.service.js`,
    find: `if (ended)
                await this.changes.session(sessionId);`,
    replace: '',
    suites: ['test/security/sessions.spec.ts'],
  },
  {
    name: "S34 support ends admins' sessions",
    file: `${auth}/sessions/user-sessions.service.js`,
    find: `await this.handingOver.assertMayChange(actor, userId);
            await this.sessions.endAllOf(`,
    replace: 'await this.sessions.endAllOf(',
    suites: ['test/security/sessions.spec.ts'],
  },
  {
    name: "S9 the list of sessions shows everybody's",
    file: `${auth}/sessions/sessions.repository.js`,
    find: 'where: { userId, ...this.live }',
    replace: 'where: { ...this.live }',
    suites: ['test/security/sessions.spec.ts'],
  },
  {
    name: 'S8 a session begins for who is disabled',
    file: `${auth}/sessions/sessions.repository.js`,
    find: ' AND disabled_at IS NULL',
    replace: '',
    suites: ['test/security/sessions.spec.ts', 'test/races/sessions.spec.ts'],
  },
];
