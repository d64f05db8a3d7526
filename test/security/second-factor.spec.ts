import { SignInService } from '@gatehouse/features/auth';
import { KeyRing } from '@gatehouse/platform/secrets';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Api, type Person, startApi, tokenIn } from '../kit/api.js';
import { challenge, codeAt, type Enrolled, enrolled, stepMs, verify, wrongCode } from '../kit/authenticator.js';
import type { Answer } from '../kit/http-client.js';

const minute = 60_000;

describe('getting past the second factor', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
    api.clock.hold();
  });
  afterAll(() => api.close());

  const signIn = ({ email }: Pick<Person, 'email'>, password: string) =>
    api.post('/api/auth/login', { body: { email, password } });
  const shownNow = ({ secret }: Enrolled, steps = 0) => codeAt(secret, api.clock.milliseconds() + steps * stepMs);
  const wrong = ({ secret }: Enrolled) => wrongCode(secret, api.clock.milliseconds());
  const isSignedIn = async (token: string) => (await api.get('/api/auth/session', { token })).status === 200;
  const liveSessions = async ({ id }: Person) =>
    (await api.database.query('SELECT FROM sessions WHERE user_id = $1 AND ended_at IS NULL', [id])).length;
  const post = (path: string, token: string, body?: unknown) => api.post(`/api/auth/mfa/${path}`, { token, body });
  const withoutItsOwn = ({ status, headers, body }: Answer) => {
    const { requestId: _own, ...rest } = body;
    return { status, headers: [...headers.keys()].sort(), rest };
  };

  describe('with the code', () => {
    it('S22 a code that enabled the second factor signs nobody in', async () => {
      const person = await api.person();
      const { secret } = (await post('setup', person.token)).body.data;
      const code = codeAt(secret, api.clock.milliseconds());
      expect((await post('enable', person.token, { code })).status).toBe(200);
      expect((await verify(api, await challenge(api, person), code)).status).toBe(401);
    });

    it('S22 a code is accepted once, and none before it from then on', async () => {
      const person = await enrolled(api);
      const older = shownNow(person);
      api.clock.advance(stepMs);
      const code = shownNow(person);
      expect((await verify(api, await challenge(api, person), code)).status).toBe(200);
      expect((await verify(api, await challenge(api, person), code)).status).toBe(401);
      expect((await verify(api, await challenge(api, person), older)).status).toBe(401);
      expect((await verify(api, await challenge(api, person), shownNow(person, 1))).status).toBe(200);
    });

    it.each([
      [-2, 401],
      [-1, 200],
      [0, 200],
      [1, 200],
      [2, 401],
    ])('S22 a code that is %i steps away is answered with %i', async (steps, status) => {
      const person = await enrolled(api);
      // Enabling used the step before this one: all five are unused here.
      api.clock.advance(3 * stepMs);
      expect((await verify(api, await challenge(api, person), shownNow(person, steps))).status).toBe(status);
    });

    it('S22 the secret of one account makes no codes for another', async () => {
      const [one, other] = [await enrolled(api), await enrolled(api)];
      expect((await verify(api, await challenge(api, one), shownNow(other))).status).toBe(401);
      expect((await verify(api, await challenge(api, one), other.recoveryCodes[0] ?? '')).status).toBe(401);
    });
  });

  describe('with a sign-in that is half done', () => {
    it('S24 the password alone begins no session, and its token opens nothing else', async () => {
      const person = await enrolled(api);
      const answer = await signIn(person, person.password);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(Object.keys(answer.body.data).sort()).toEqual(['expiresAt', 'mfaRequired', 'mfaToken']);
      const { mfaToken } = answer.body.data;
      const cookie = `__Host-gatehouse-access=${mfaToken}`;
      for (const headers of [{ authorization: `Bearer ${mfaToken}` }, { 'x-access-token': mfaToken }, { cookie }]) {
        expect((await api.get('/api/auth/session', { headers })).status).toBe(401);
        expect((await api.post('/api/auth/mfa/disable', { headers })).status).toBe(401);
      }
      expect((await api.post('/api/auth/refresh', { body: { refreshToken: mfaToken } })).status).toBe(401);
      const reset = { token: mfaToken, password: 'another password' };
      expect((await api.post('/api/auth/password/reset', { body: reset })).status).toBe(400);
      expect((await api.post('/api/auth/email/verify', { body: reset })).status).toBe(400);
      expect(await liveSessions(person)).toBe(1);
    });

    it('S24 an access or a refresh token finishes no sign-in', async () => {
      const person = await enrolled(api);
      expect((await verify(api, person.refreshToken, shownNow(person))).status).toBe(401);
      expect((await verify(api, person.token, shownNow(person))).status).toBe(400);
    });

    it('S14 a wrong password tells nothing of a second factor', async () => {
      const [plain, strong] = [await api.person(), await enrolled(api)];
      const answer = withoutItsOwn(await signIn(strong, 'not the password'));
      expect(answer.status).toBe(401);
      expect(answer).toEqual(withoutItsOwn(await signIn(plain, 'not the password')));
    });

    it('S24 wrong, used, unknown, expired, exhausted and ended sign-ins get one and the same answer', async () => {
      const person = await enrolled(api);
      const used = await challenge(api, person);
      expect((await verify(api, used, shownNow(person))).status).toBe(200);
      const expired = await challenge(api, person);
      api.clock.advance(10 * minute);
      const exhausted = await challenge(api, person);
      for (let guess = 0; guess < 5; guess += 1) await verify(api, exhausted, wrong(person));
      const answer = withoutItsOwn(await verify(api, await challenge(api, person), wrong(person)));
      expect(answer).toMatchObject({ status: 401, rest: { code: 'SECOND_FACTOR_FAILED' } });
      for (const mfaToken of [used, 'x'.repeat(43), expired, exhausted]) {
        expect(withoutItsOwn(await verify(api, mfaToken, shownNow(person)))).toEqual(answer);
      }
    });

    it('S24 a token is good for ten minutes and not a millisecond more', async () => {
      const person = await enrolled(api);
      const [one, other] = [await challenge(api, person), await challenge(api, person)];
      api.clock.advance(10 * minute - 1);
      expect((await verify(api, one, shownNow(person))).status).toBe(200);
      api.clock.advance(1);
      expect((await verify(api, other, shownNow(person, 1))).status).toBe(401);
    });

    it('S24 the fifth try of a challenge is the last', async () => {
      const [lucky, late] = [await enrolled(api), await enrolled(api)];
      for (const [person, wrongTries, status] of [
        [lucky, 4, 200],
        [late, 5, 401],
      ] as const) {
        const mfaToken = await challenge(api, person);
        for (let guess = 0; guess < wrongTries; guess += 1) await verify(api, mfaToken, wrong(person));
        expect((await verify(api, mfaToken, shownNow(person))).status).toBe(status);
      }
    });

    it('S24 an account has a budget over all its challenges, that a right code starts anew', async () => {
      const person = await enrolled(api);
      const guess = async (times: number) => {
        for (let index = 0; index < times; index += 1) {
          expect((await verify(api, await challenge(api, person), wrong(person))).status).toBe(401);
        }
      };
      await guess(9);
      expect((await verify(api, await challenge(api, person), shownNow(person))).status).toBe(200);
      await guess(10);
      api.clock.advance(stepMs);
      const decrypt = vi.spyOn(api.app.get(KeyRing), 'decrypt');
      expect((await verify(api, await challenge(api, person), shownNow(person))).status).toBe(401);
      expect((await verify(api, await challenge(api, person), person.recoveryCodes[0] ?? '')).status).toBe(401);
      expect(await api.mailTo(person.email, 'Too many wrong codes')).toContain('knows your password');
      expect(decrypt).not.toHaveBeenCalledWith(expect.anything(), expect.stringContaining('second factor'));
      decrypt.mockRestore();
      expect(await isSignedIn(person.token)).toBe(true);
      api.clock.advance(minute);
      expect((await verify(api, await challenge(api, person), shownNow(person))).status).toBe(200);
    });

    it('S8 S21 a half-done sign-in ends with the password, the sessions and the account it was begun with', async () => {
      const admin = await api.person('admin');
      const ways: Record<string, (person: Enrolled) => Promise<unknown>> = {
        'a reset password': async ({ email }) => {
          await api.post('/api/auth/password/forgot', { body: { email } });
          const token = tokenIn(await api.mailTo(email, 'Choose a new password'));
          expect(
            (await api.post('/api/auth/password/reset', { body: { token, password: 'a new password' } })).status,
          ).toBe(204);
        },
        'a changed password': async ({ token, password }) => {
          const body = { currentPassword: password, newPassword: 'a changed password' };
          expect((await api.post('/api/auth/password/change', { token, body })).status).toBe(200);
        },
        'signing out everywhere': ({ token }) => api.delete('/api/auth/sessions', { token }),
        'an admin who ends all sessions': ({ id }) => api.delete(`/api/users/${id}/sessions`, { token: admin.token }),
        'new methods': ({ token }) => post('disable', token),
        'a disabled account': ({ id }) =>
          api.database.query('UPDATE users SET disabled_at = now() WHERE id = $1', [id]),
      };
      for (const [way, end] of Object.entries(ways)) {
        const person = await enrolled(api);
        const mfaToken = await challenge(api, person);
        const before = await liveSessions(person);
        await end(person);
        const answer = await verify(api, mfaToken, shownNow(person));
        expect([way, answer.status, answer.body.code]).toEqual([way, 401, 'SECOND_FACTOR_FAILED']);
        expect(await liveSessions(person)).toBeLessThanOrEqual(before);
      }
    });

    it('S24 S12 tokens for cookies are not handed to a page of another site', async () => {
      const person = await enrolled(api);
      const { email, password } = person;
      const { body } = await api.post('/api/auth/login', { body: { email, password, transport: 'cookie' } });
      const answer = await api.post('/api/auth/mfa/verify', {
        body: { mfaToken: body.data.mfaToken, code: shownNow(person) },
        headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      });
      expect([answer.status, answer.body.code]).toEqual([403, 'CSRF_PROOF_MISSING']);
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(await liveSessions(person)).toBe(1);
    });
  });

  describe('by another way in', () => {
    it('S21 a reset password does not skip the second factor', async () => {
      const person = await enrolled(api);
      await api.post('/api/auth/password/forgot', { body: { email: person.email } });
      const token = tokenIn(await api.mailTo(person.email, 'Choose a new password'));
      const reset = await api.post('/api/auth/password/reset', { body: { token, password: 'a new password' } });
      expect([reset.status, reset.text]).toEqual([204, '']);
      const answer = await signIn(person, 'a new password');
      expect(answer.body.data).toMatchObject({ mfaRequired: true });
      expect(answer.body.data.accessToken).toBeUndefined();
      expect((await verify(api, answer.body.data.mfaToken, shownNow(person))).status).toBe(200);
    });

    it('S25 a proof of Google is asked for the second factor as a password is', async () => {
      const { complete } = bound(api.app.get(SignInService, { strict: false }));
      const proven = { methods: ['google'], transport: 'bearer', confirm: () => Promise.resolve() } as const;
      const plain = await api.person();
      expect(await complete({ ...proven, userId: plain.id })).toMatchObject({ kind: 'signed in' });
      const strong = await enrolled(api);
      const outcome = await complete({ ...proven, userId: strong.id });
      if (outcome.kind !== 'second factor') throw new Error('no second factor was asked for');
      expect(await liveSessions(strong)).toBe(1);
      const answer = await verify(api, outcome.token, shownNow(strong));
      const { session } = (await api.get('/api/auth/session', { token: answer.body.data.accessToken })).body.data;
      expect(session).toMatchObject({ methods: ['google', 'otp'], secondFactor: true });
    });

    it('S25 a proof that no longer holds begins neither a session nor a challenge', async () => {
      const { complete } = bound(api.app.get(SignInService, { strict: false }));
      for (const person of [await api.person(), await enrolled(api)]) {
        const confirm = () => Promise.reject(new Error('unlinked'));
        await expect(complete({ userId: person.id, methods: ['google'], confirm })).rejects.toThrow('unlinked');
        const left = await api.database.query('SELECT FROM sign_in_challenges WHERE user_id = $1', [person.id]);
        expect([left.length, await liveSessions(person)]).toEqual([0, 1]);
      }
    });
  });
});

const bound = (service: SignInService) => ({ complete: service.complete.bind(service) });
