import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Api, tokenIn } from '../kit/api.js';
import { codeAt, type Enrolled, enrolled, verify, wrongCode } from '../kit/authenticator.js';
import { accessCookie, application, beginning, shop } from '../kit/google.js';
import { codeOf, GoogleStage } from '../kit/google-stage.js';

const password = 'correct horse battery';

describe("Google's word for who somebody is", () => {
  const stage = new GoogleStage();
  const { google, count, sessions, refused, signIn, userOf } = stage;
  let api: Api;
  beforeAll(async () => {
    api = await stage.start();
  });
  afterEach(() => google.mend());
  afterAll(() => stage.stop());

  describe('whose account it is', () => {
    const nothingMade = async (email: string) => {
      expect(await count(`users WHERE email = '${email}'`)).toBe(0);
      expect(await count(`identities WHERE email = '${email}'`)).toBe(0);
    };

    it('S27 somebody is known by the subject: another address at Google leads to the same account', async () => {
      const { sub, email } = google.newcomer();
      const id = await userOf(await signIn());
      const other = await api.person();
      google.newcomer({ sub, email: other.email });
      expect(await userOf(await signIn())).toBe(id);
      google.newcomer({ sub, email: other.email, email_verified: false });
      expect(await userOf(await signIn())).toBe(id);
      google.newcomer({ sub, email: undefined, email_verified: undefined });
      expect(await userOf(await signIn())).toBe(id);
      expect(await count(`users WHERE id = '${id}' AND email = '${email}'`)).toBe(1);
      expect(await count(`identities WHERE user_id = '${other.id}'`)).toBe(0);
    });

    it("S27 a subject that another issuer gave isn't this one's", async () => {
      const { sub } = google.newcomer();
      const id = await userOf(await signIn());
      await api.database.query("UPDATE identities SET issuer = 'https://idp.example' WHERE subject = $1", [sub]);
      const { email } = google.newcomer({ sub });
      const other = await signIn();
      expect(other.status).toBe(200);
      expect(await userOf(other)).not.toBe(id);
      expect(await count(`users WHERE email = '${email}'`)).toBe(1);
    });

    it('S27 whoever gets a used address at Google does not get the account of who had it', async () => {
      const { id, email } = await api.person();
      google.newcomer({ email });
      expect(await userOf(await signIn())).toBe(id);
      google.newcomer({ email });
      await refused(await signIn(), 409, 'IDENTITY_CONFLICT', await sessions());
      expect(await count(`identities WHERE user_id = '${id}'`)).toBe(1);
    });

    it.each([false, 'true', 'false', 1, null, undefined, {}])(
      'S27 an address that Google has not verified (email_verified: %s) makes and links nothing',
      async (claim) => {
        const { email } = google.newcomer({ email_verified: claim });
        await refused(await signIn(), 403, 'EMAIL_NOT_VERIFIED', await sessions());
        await nothingMade(email);
        const known = await api.person();
        google.newcomer({ email: known.email, email_verified: claim });
        await refused(await signIn(), 403, 'EMAIL_NOT_VERIFIED', await sessions());
        expect(await count(`identities WHERE user_id = '${known.id}'`)).toBe(0);
      },
    );

    it('S27 a verified address that is none makes nothing', async () => {
      for (const email of [
        undefined,
        '',
        'ada',
        'a@b@example.com',
        `${'a'.repeat(260)}@example.com`,
        'a b@example.com',
      ]) {
        google.newcomer({ email });
        await refused(await signIn(), 403, 'EMAIL_NOT_VERIFIED', await sessions());
      }
    });

    it('S27 an account that somebody had made for an address is not taken over before its owner has seen the mail', async () => {
      const admin = await api.person('admin');
      const email = 'invited@example.com';
      const invitation = { email, name: 'Invited', role: 'manager' };
      const { id } = (await api.post('/api/users', { token: admin.token, body: invitation })).body.data;
      google.newcomer({ email });
      await refused(await signIn(), 403, 'ACCOUNT_NOT_VERIFIED', await sessions());
      expect(await count(`identities WHERE user_id = '${id}'`)).toBe(0);

      const token = tokenIn(await api.mailTo(email, 'Your account'));
      expect((await api.post('/api/auth/password/reset', { body: { token, password } })).status).toBe(204);
      expect(await userOf(await signIn())).toBe(id);
    });

    it('S27 a registration that lies in wait for an address is worth nothing once its owner came with Google', async () => {
      const { email } = google.newcomer();
      await api.post('/api/auth/register', { body: { email, name: 'Squatter', password } });
      const token = tokenIn(await api.mailTo(email, 'Confirm your e-mail address'));
      const id = await userOf(await signIn());
      expect((await api.post('/api/auth/email/verify', { body: { token, password } })).status).toBe(409);
      expect((await api.post('/api/auth/login', { body: { email, password } })).status).toBe(401);
      expect(await count(`users WHERE id = '${id}' AND password_hash IS NULL AND email_verified_at IS NOT NULL`)).toBe(
        1,
      );
    });

    it('S27 another spelling of a known address is the same account', async () => {
      const { id, email } = await api.person();
      google.newcomer({ email: email.toUpperCase() });
      expect(await userOf(await signIn())).toBe(id);
    });

    it('S14 a disabled user is refused like any failed sign-in, linked before or not', async () => {
      const failed = await api.post('/api/auth/login', { body: { email: 'nobody@example.com', password } });
      for (const linkedBefore of [true, false]) {
        const { id, email } = await api.person();
        google.newcomer({ email });
        if (linkedBefore) expect((await signIn()).status).toBe(200);
        await api.database.query('UPDATE users SET disabled_at = now() WHERE id = $1', [id]);
        const answer = await signIn();
        await refused(answer, 401, 'SIGN_IN_FAILED', await sessions());
        expect(answer.headers.get('www-authenticate')).toBe(failed.headers.get('www-authenticate'));
        expect(await count(`identities WHERE user_id = '${id}'`)).toBe(linkedBefore ? 1 : 0);
      }
    });
  });

  describe('the second factor', () => {
    /** Somebody with an authenticator whom Google knows, signed in with both before. */
    async function enrolledAtGoogle(): Promise<Enrolled> {
      const person = await enrolled(api);
      google.newcomer({ email: person.email });
      return person;
    }

    it('S25 Google does not spare a bearer client the second factor', async () => {
      const person = await enrolledAtGoogle();
      const before = await sessions();
      const { mfaToken, ...rest } = (await signIn()).body.data;
      expect(rest).toEqual({ mfaRequired: true, expiresAt: expect.any(String) });
      expect((await api.get('/api/auth/session', { token: mfaToken })).status).toBe(401);
      expect((await verify(api, mfaToken, wrongCode(person.secret, api.clock.milliseconds()))).status).toBe(401);
      expect(await sessions()).toBe(before);
      const answer = await verify(api, mfaToken, codeAt(person.secret, api.clock.milliseconds()));
      const { body } = await api.get('/api/auth/session', { token: answer.body.data.accessToken });
      expect(body.data).toMatchObject({ userId: person.id, session: { secondFactor: true } });
      expect(body.data.session.methods).toEqual(['google', 'otp']);
    });

    it('S25 Google does not spare a browser the second factor, whose token stands in no address', async () => {
      const person = await enrolledAtGoogle();
      const before = await sessions();
      const browser = stage.browser();
      const back = await browser.visit(beginning({ returnTo: `${application}/welcome` }));
      expect(back.address.origin).toBe(application);
      expect(browser.cookie('shop.example', accessCookie)).toBeUndefined();
      const post = (path: string, body: unknown) =>
        browser.post(`${shop}/api/auth/${path}`, { body, headers: { origin: application } });
      const { mfaRequired, mfaToken } = (await post('google/token', { code: codeOf(back) })).body.data;
      expect(mfaRequired).toBe(true);
      expect(back.trail.join()).not.toContain(mfaToken);
      expect(await sessions()).toBe(before);
      expect(browser.cookie('shop.example', accessCookie)).toBeUndefined();
      const code = codeAt(person.secret, api.clock.milliseconds());
      expect((await post('mfa/verify', { mfaToken, code })).body.data.tokenType).toBe('Cookie');
      const token = browser.cookie('shop.example', accessCookie);
      const { body } = await api.get('/api/auth/session', { token });
      expect(body.data).toMatchObject({ userId: person.id, session: { secondFactor: true } });
    });
  });
});
