import { createHash, randomBytes } from 'node:crypto';
import { KeyRing } from '@gatehouse/platform/secrets';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import { codeAt, enrolled, stepMs, verify, wrongCode } from '../kit/authenticator.js';

const rounds = Array.from({ length: 20 }, (_, round) => round);
const times = <T>(count: number, work: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => work(i));

describe('one second factor used at the same time', () => {
  let api: Api;
  let other: Api;
  beforeAll(async () => {
    api = await startApi();
    other = await startApi({ database: api.database });
  });
  afterAll(async () => {
    await other.close();
    await api.close();
  });

  const either = (index: number) => (index % 2 === 0 ? api : other);
  const statuses = (answers: readonly { status: number }[]) => answers.map(({ status }) => status).sort();
  const oneOf20 = [200, ...times(19, () => 401)];
  /** As a sign-in leaves it, without the password's work. */
  const openChallenge = async ({ id }: Person) => {
    const token = randomBytes(32).toString('base64url');
    await api.database.query(
      `INSERT INTO sign_in_challenges (hash, user_id, methods, transport, tries, created_at, expires_at)
       VALUES ($1, $2, '{password}', 'bearer', 0, now(), now() + interval '5 min')`,
      [createHash('sha256').update(token).digest(), id],
    );
    return token;
  };
  const sessionsBegun = async ({ id }: Person) =>
    (await api.database.query('SELECT FROM sessions WHERE user_id = $1', [id])).length;

  it('S24 20 right codes for one challenge on two processes make one session, 20 times over', async () => {
    for (const _ of rounds) {
      const person = await enrolled(api);
      const before = await sessionsBegun(person);
      const mfaToken = await openChallenge(person);
      const code = codeAt(person.secret, Date.now());
      const answers = await Promise.all(times(20, (index) => verify(either(index), mfaToken, code)));
      expect(statuses(answers)).toEqual(oneOf20);
      expect((await sessionsBegun(person)) - before).toBe(1);
    }
  });

  it('S24 two right codes for one challenge make one session, 20 times over', async () => {
    for (const _ of rounds) {
      const person = await enrolled(api);
      const mfaToken = await openChallenge(person);
      const codes = [codeAt(person.secret, Date.now()), ...person.recoveryCodes.slice(0, 4)];
      const answers = await Promise.all(codes.map((code, index) => verify(either(index), mfaToken, code)));
      expect(statuses(answers)).toEqual([200, 401, 401, 401, 401]);
      // What the four others gave is still theirs: their sign-in was undone as a whole.
      const left = await api.get('/api/auth/mfa', { token: person.token });
      const won = answers.findIndex(({ status }) => status === 200);
      expect(left.body.data.recoveryCodesLeft).toBe(won === 0 ? 10 : 9);
    }
  });

  it('S22 one code signs in once over 20 challenges on two processes, 20 times over', async () => {
    for (const _ of rounds) {
      const person = await enrolled(api);
      const tokens = await Promise.all(times(20, () => openChallenge(person)));
      const code = codeAt(person.secret, Date.now());
      const answers = await Promise.all(tokens.map((mfaToken, index) => verify(either(index), mfaToken, code)));
      expect(statuses(answers)).toEqual(oneOf20);
    }
  });

  it('S25 one recovery code signs in once over 20 challenges on two processes, 20 times over', async () => {
    for (const _ of rounds) {
      const person = await enrolled(api);
      const [code = ''] = person.recoveryCodes;
      const tokens = await Promise.all(times(20, () => openChallenge(person)));
      const answers = await Promise.all(tokens.map((mfaToken, index) => verify(either(index), mfaToken, code)));
      expect(statuses(answers)).toEqual(oneOf20);
    }
  });

  it('S24 of 20 wrong codes at once no more than 5 a challenge and 10 an account are looked at, 10 times over', async () => {
    const decrypts = [api, other].map(({ app }) => vi.spyOn(app.get(KeyRing), 'decrypt'));
    // Jobs decrypt as well, what they are given.
    const isSecret = ([, context]: readonly [string, string]) => context.startsWith('second factor');
    const lookedAt = () => decrypts.reduce((sum, decrypt) => sum + decrypt.mock.calls.filter(isSecret).length, 0);
    for (const _ of rounds.slice(0, 10)) {
      const person = await enrolled(api);
      const code = wrongCode(person.secret, Date.now());
      const guess = (mfaToken: string) => times(20, (index) => verify(either(index), mfaToken, code));
      for (const decrypt of decrypts) decrypt.mockClear();
      const answers = await Promise.all(guess(await openChallenge(person)));
      expect([statuses(answers), lookedAt()]).toEqual([times(20, () => 401), 5]);
      const tokens = await Promise.all(times(4, () => openChallenge(person)));
      expect(statuses(await Promise.all(tokens.flatMap(guess)))).toEqual(times(80, () => 401));
      expect(lookedAt()).toBe(10);
    }
    for (const decrypt of decrypts) decrypt.mockRestore();
  });

  it('S8 enabled by one of 10 at once, with the recovery codes that it was answered, 10 times over', async () => {
    for (const _ of rounds.slice(0, 10)) {
      const person = await api.person();
      const { secret } = (await api.post('/api/auth/mfa/setup', { token: person.token })).body.data;
      const body = { code: codeAt(secret, Date.now() - stepMs) };
      const answers = await Promise.all(
        times(10, (index) => either(index).post('/api/auth/mfa/enable', { token: person.token, body })),
      );
      const [won, ...more] = answers.filter(({ status }) => status === 200);
      expect([more, answers.every(({ status }) => [200, 401, 409].includes(status))]).toEqual([[], true]);
      const { recoveryCodes, tokens } = won?.body.data ?? {};
      expect((await api.get('/api/auth/session', { token: tokens.accessToken })).status).toBe(200);
      expect((await api.get('/api/auth/mfa', { token: tokens.accessToken })).body.data.recoveryCodesLeft).toBe(10);
      expect((await verify(api, await openChallenge(person), recoveryCodes[0])).status).toBe(200);
    }
  });
});
