import { Passwords } from '@gatehouse/features/auth';
import { hash } from '@node-rs/argon2';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Api, type Person, startApi, tokenIn } from '../kit/api.js';

const chosen = 'a brand new password';
const tooCommon = 'is one of the passwords that are guessed first; choose another';
const tooPersonal = 'is too close to your name or e-mail address; choose another';

describe('choosing a password', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
    api.clock.hold();
  });
  afterAll(() => api.close());

  const register = (password: string, email = 'grace.hopper@example.com') =>
    api.post('/api/auth/register', { body: { email, name: 'Grace Murray', password } });
  const signIn = (email: string, password: string) => api.post('/api/auth/login', { body: { email, password } });
  const change = ({ token, password }: Person, newPassword: string, currentPassword = password) =>
    api.post('/api/auth/password/change', { token, body: { currentPassword, newPassword } });
  const reset = (token: string, password: string) =>
    api.post('/api/auth/password/reset', { body: { token, password } });
  const resetTokenOf = async (email: string) => {
    await api.post('/api/auth/password/forgot', { body: { email } });
    return tokenIn(await api.mailTo(email, 'Choose a new password'));
  };
  const hashesDuring = async (work: () => Promise<unknown>) => {
    const gate: { run: () => unknown } = Reflect.get(api.app.get(Passwords, { strict: false }), 'gate');
    const run = vi.spyOn(gate, 'run');
    await work();
    const count = run.mock.calls.length;
    run.mockRestore();
    return count;
  };
  const storedHash = async ({ id }: Person) => {
    const [row] = await api.database.query<{ hash: string }>('SELECT password_hash AS hash FROM users WHERE id = $1', [
      id,
    ]);
    return row?.hash ?? '';
  };

  it('S19 a common one or what everybody knows of one is refused at registration, before it is hashed', async () => {
    const refused = [
      ['Password1', tooCommon],
      ['qwertyuiop', tooCommon],
      ['ｐａｓｓｗｏｒｄ', tooCommon],
      ['grace.hopper@example.com', tooPersonal],
      ['GraceHopper1906', tooPersonal],
      ['murray!!', tooPersonal],
      ['gatehouse', tooPersonal],
    ] as const;
    const hashes = await hashesDuring(async () => {
      for (const [password, message] of refused) {
        const answer = await register(password);
        expect([password, answer.status, answer.body.code]).toEqual([password, 400, 'VALIDATION_FAILED']);
        expect(answer.body.errors).toEqual([{ field: 'password', message }]);
      }
    });
    expect(hashes).toBe(0);
    expect(await api.database.query('SELECT FROM registrations')).toEqual([]);
  });

  it('S19 such a one is refused for a known address in the same words', async () => {
    const { email } = await api.person();
    const [known, unknown] = [await register('password1', email), await register('password1')];
    const { requestId: _known, ...rest } = known.body;
    expect(unknown.body).toMatchObject(rest);
  });

  it('S19 such a one is refused with a mailed token, which is good for a better one afterwards', async () => {
    const person = await api.person();
    const token = await resetTokenOf(person.email);
    for (const [password, message] of [
      ['sunshine', tooCommon],
      [person.email, tooPersonal],
      ['Test-Customer-1', tooPersonal],
    ] as const) {
      const answer = await reset(token, password);
      expect([answer.status, answer.body.errors]).toEqual([400, [{ field: 'password', message }]]);
    }
    expect((await api.get('/api/auth/session', { token: person.token })).status).toBe(200);
    expect((await reset(token, chosen)).status).toBe(204);
  });

  it('S19 such a one is refused in a change, without asking whether the current one is right', async () => {
    const person = await api.person();
    for (const [password, message] of [
      ['sunshine', tooCommon],
      ['testcustomer99', tooPersonal],
      ['short', 'must be 8 to 128 characters'],
    ] as const) {
      for (const current of [person.password, 'not the password']) {
        const answer = await change(person, password, current);
        expect([answer.status, answer.body.errors]).toEqual([400, [{ field: 'newPassword', message }]]);
      }
    }
    expect((await api.get('/api/auth/session', { token: person.token })).status).toBe(200);
  });

  it('S19 asks for no kinds of characters, and takes 8 to 128 of any', async () => {
    for (const [index, password] of [
      'aaaaaaab',
      '8'.repeat(9).concat('1'),
      ' '.repeat(8),
      'ä'.repeat(128),
      '😀'.repeat(128),
    ].entries()) {
      const answer = await register(password, `length-${index}@example.com`);
      expect([password, answer.status]).toEqual([password, 202]);
    }
    for (const password of ['1234567', 'ä'.repeat(129), 'ﬃ'.repeat(43), '\ud800'.repeat(10), '', 12_345_678, null]) {
      const answer = await api.post('/api/auth/register', { body: { email: 'x@example.com', name: 'X', password } });
      expect([password, answer.status, answer.body.errors?.[0]?.field]).toEqual([password, 400, 'password']);
    }
  });

  it('S19 10 kB are refused before any hashing, wherever a password is taken', async () => {
    const person = await api.person();
    const long = 'x'.repeat(10_000);
    const token = 'x'.repeat(43);
    const hashes = await hashesDuring(async () => {
      for (const [path, body] of [
        ['register', { email: 'long@example.com', name: 'Long', password: long }],
        ['email/verify', { token, password: long }],
        ['login', { email: person.email, password: long }],
        ['password/reset', { token, password: long }],
        ['password/change', { currentPassword: long, newPassword: chosen }],
        ['password/change', { currentPassword: person.password, newPassword: long }],
      ] as const) {
        const { status } = await api.post(`/api/auth/${path}`, {
          token: path === 'password/change' ? person.token : undefined,
          body,
        });
        expect([path, status]).toEqual([path, 400]);
      }
    });
    expect(hashes).toBe(0);
  });

  it('S19 an odd password signs in as any other, and is refused like any wrong one', async () => {
    const person = await api.person();
    const wrong = await signIn(person.email, 'not the password');
    for (const odd of ['short', 'password1', person.email, ' ', 'x'.repeat(128)]) {
      const hashes = await hashesDuring(async () => {
        const answer = await signIn(`${odd.length}-${person.email}`, odd);
        const { requestId: _own, ...rest } = answer.body;
        expect([odd, answer.status]).toEqual([odd, 401]);
        expect(wrong.body).toMatchObject(rest);
      });
      expect(hashes).toBe(1);
    }
    // Chosen before there was a list, or anything else.
    await api.database.query('UPDATE users SET password_hash = $2 WHERE id = $1', [person.id, await hash('short')]);
    expect((await signIn(person.email, 'short')).status).toBe(200);
  });

  it('S20 a hash of another cost is made anew with the next right password, and sessions stay', async () => {
    const person = await api.person();
    const outdated = await hash(person.password, { memoryCost: 8_192, timeCost: 1, parallelism: 1 });
    await api.database.query('UPDATE users SET password_hash = $2 WHERE id = $1', [person.id, outdated]);
    expect(await hashesDuring(() => signIn(person.email, 'not the password'))).toBe(1);
    expect(await storedHash(person)).toBe(outdated);
    expect((await signIn(person.email, person.password)).status).toBe(200);
    await expect.poll(() => storedHash(person)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await api.get('/api/auth/session', { token: person.token })).status).toBe(200);
    expect((await signIn(person.email, person.password)).status).toBe(200);
    const trail = await api.database.query(
      "SELECT actor_id, process, changes FROM audit_entries WHERE resource = 'user' AND resource_id = $1 ORDER BY id DESC LIMIT 1",
      [person.id],
    );
    expect(trail).toEqual([
      { actor_id: null, process: 'password hash upgrade', changes: { password_hash: ['[redacted]', '[redacted]'] } },
    ]);
    const made = await storedHash(person);
    await signIn(person.email, person.password);
    expect(await storedHash(person)).toBe(made);
  });
});

describe('changing a password', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
    api.clock.hold();
  });
  afterAll(() => api.close());

  const signIn = (email: string, password: string) => api.post('/api/auth/login', { body: { email, password } });
  const change = (token: string, currentPassword: string, newPassword = chosen) =>
    api.post('/api/auth/password/change', { token, body: { currentPassword, newPassword } });
  const session = async (token: string) => (await api.get('/api/auth/session', { token })).status;

  it('S8 ends every other session, and this one goes on with new tokens alone', async () => {
    const { email, password, token, refreshToken } = await api.person();
    const elsewhere = (await signIn(email, password)).body.data;
    const answer = await change(token, password);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    for (const dead of [token, elsewhere.accessToken]) expect(await session(dead)).toBe(401);
    for (const dead of [refreshToken, elsewhere.refreshToken]) {
      expect((await api.post('/api/auth/refresh', { body: { refreshToken: dead } })).status).toBe(401);
    }
    const renewed = answer.body.data;
    expect(await session(renewed.accessToken)).toBe(200);
    expect((await api.post('/api/auth/refresh', { body: { refreshToken: renewed.refreshToken } })).status).toBe(200);
    expect((await signIn(email, password)).status).toBe(401);
    expect((await signIn(email, chosen)).status).toBe(200);
    expect(await api.mailTo(email, 'Your password was changed')).toContain('If that was not you');
  });

  it('S8 makes a mailed token worthless that somebody else may have asked for', async () => {
    const { email, password, token } = await api.person();
    await api.post('/api/auth/password/forgot', { body: { email } });
    const mailed = tokenIn(await api.mailTo(email, 'Choose a new password'));
    expect((await change(token, password)).status).toBe(200);
    const stolen = await api.post('/api/auth/password/reset', {
      body: { token: mailed, password: 'of a thief, this' },
    });
    expect(stolen.body.code).toBe('TOKEN_NOT_USABLE');
  });

  it('a new one by mail is told to the owner as well, the first one of an invited person is not', async () => {
    const { email, token: admin } = await api.person('admin');
    const invited = 'invited@example.com';
    await api.post('/api/users', { token: admin, body: { email: invited, name: 'Ivy' } });
    const invitation = tokenIn(await api.mailTo(invited, 'Your account'));
    await api.post('/api/auth/password/forgot', { body: { email } });
    for (const token of [invitation, tokenIn(await api.mailTo(email, 'Choose a new password'))]) {
      expect((await api.post('/api/auth/password/reset', { body: { token, password: chosen } })).status).toBe(204);
    }
    expect(await api.mailTo(email, 'Your password was changed')).toBeDefined();
    expect(await api.mailTo(invited)).toContain('an account was made for you');
  });

  it('is refused without the current one, which a stolen session can guess at five times', async () => {
    const { email, password, token } = await api.person();
    const wrong = await change(token, 'not the password');
    expect([wrong.status, wrong.body.code]).toEqual([403, 'PASSWORD_WRONG']);
    for (const guess of ['two', 'three', 'four', 'five']) expect((await change(token, guess)).status).toBe(403);
    const { requestId: _own, ...rest } = wrong.body;
    const locked = await change(token, password);
    expect(locked.status).toBe(403);
    expect(locked.body).toMatchObject(rest);
    expect(await api.mailTo(email, 'Too many wrong passwords')).toContain('Somebody who is signed in');
    // The owner signs in all the same: what a session guesses locks no door.
    expect((await signIn(email, password)).status).toBe(200);
    api.clock.advance(30_000);
    expect((await change(token, password)).status).toBe(200);
  });

  it('is refused to the same one, however it is composed', async () => {
    const { token, password } = await api.person();
    for (const same of [password, password.replace('h', 'ｈ')]) {
      const answer = await change(token, password, same);
      expect([answer.status, answer.body.errors]).toEqual([
        400,
        [{ field: 'newPassword', message: 'must be another one than the current password' }],
      ]);
    }
    expect(await session(token)).toBe(200);
  });

  it('is a conflict for an account without a password, which a mail can give it', async () => {
    const { id, token } = await api.person();
    await api.database.query('UPDATE users SET password_hash = NULL WHERE id = $1', [id]);
    const answer = await change(token, 'whatever it was');
    expect([answer.status, answer.body.code]).toEqual([409, 'NO_PASSWORD']);
    expect(answer.body.detail).toContain('/api/auth/password/forgot');
  });

  it('is for who is signed in', async () => {
    const answer = await api.post('/api/auth/password/change', { body: { currentPassword: 'x', newPassword: chosen } });
    expect(answer.status).toBe(401);
  });

  it('leaves everything as it was where a step of it fails', async () => {
    const { email, password, token, refreshToken } = await api.person();
    await api.database.query('ALTER TABLE refresh_tokens ADD CONSTRAINT broken CHECK (false) NOT VALID');
    expect((await change(token, password)).status).toBe(500);
    await api.database.query('ALTER TABLE refresh_tokens DROP CONSTRAINT broken');
    expect(await session(token)).toBe(200);
    expect((await api.post('/api/auth/refresh', { body: { refreshToken } })).status).toBe(200);
    expect((await signIn(email, password)).status).toBe(200);
  });
});
