import { type Attempt, Attempts, Passwords, type Reservation } from '@gatehouse/features/auth';
import { UsersService } from '@gatehouse/features/users';
import { hash } from '@node-rs/argon2';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Api, startApi } from '../kit/api.js';

const times = <T>(count: number, work: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => work(i));

/** Some hundred hashes, on a machine with few cores. */
const patience = 180_000;

describe('guesses at the same time', { timeout: patience }, () => {
  let here: Api;
  let there: Api;
  beforeAll(async () => {
    here = await startApi({ environment: { TRUSTED_PROXIES: '127.0.0.1' } });
    there = await startApi({ database: here.database, environment: { TRUSTED_PROXIES: '127.0.0.1' } });
    // A slow machine shall outlast no lock.
    for (const api of [here, there]) api.clock.hold();
  });
  afterAll(async () => {
    await there.close();
    await here.close();
  });

  /** Each from an address of its own, in turn on both processes. */
  const signIn = (index: number, email: string, password: string, round = 0) =>
    (index % 2 === 0 ? here : there).post('/api/auth/login', {
      body: { email, password },
      headers: { 'x-forwarded-for': `2001:db8:${round}:${index}::1` },
    });

  it('S16 of 20 wrong passwords five are looked at, 20 times over, and the right one behind them is refused', async () => {
    const reservations: Promise<Reservation>[] = [];
    for (const api of [here, there]) {
      const attempts = api.app.get(Attempts, { strict: false });
      const reserve = attempts.reserve.bind(attempts);
      vi.spyOn(attempts, 'reserve').mockImplementation((...tries: Attempt[]) => {
        const reserved = reserve(...tries);
        reservations.push(reserved);
        return reserved;
      });
    }
    for (const round of times(20, (index) => index)) {
      const { email, password } = await here.person();
      reservations.length = 0;
      const wrong = await Promise.all(times(20, (index) => signIn(index, email, `guess number ${index}`, round)));
      expect(wrong.map(({ status }) => status)).toEqual(times(20, () => 401));
      const looked = (await Promise.all(reservations)).filter(({ allowed }) => allowed);
      expect(looked).toHaveLength(5);
      expect((await signIn(20, email, password, round)).status).toBe(401);
    }
    vi.restoreAllMocks();
  });

  it('S16 of 20 tries to give the current password five are looked at, and the right one is refused with them', async () => {
    for (const _ of times(5, () => 0)) {
      const { token, password } = await here.person();
      const change = (currentPassword: string) =>
        here.post('/api/auth/password/change', {
          token,
          body: { currentPassword, newPassword: 'a brand new password' },
        });
      const wrong = await Promise.all(times(20, (index) => change(`guess number ${index}`)));
      expect(wrong.map(({ status }) => status)).toEqual(times(20, () => 403));
      expect((await change(password)).body.code).toBe('PASSWORD_WRONG');
      expect((await here.get('/api/auth/session', { token })).status).toBe(200);
    }
  });

  it('a burst of right sign-ins to one account is let in, though each counts until it turns out right', async () => {
    const { email, password } = await here.person();
    const answers = await Promise.all(times(8, (index) => signIn(0, email, password, index)));
    expect(answers.map(({ status }) => status)).toEqual(times(8, () => 200));
  });

  it('one change of 10 to different passwords at the same time wins, and its session alone lives', async () => {
    for (const _ of times(5, () => 0)) {
      const { email, password, token } = await here.person();
      const answers = await Promise.all(
        times(10, (index) =>
          (index % 2 === 0 ? here : there).post('/api/auth/password/change', {
            token,
            body: { currentPassword: password, newPassword: `a brand new password ${index}` },
          }),
        ),
      );
      const won = answers.filter(({ status }) => status === 200);
      expect(won).toHaveLength(1);
      for (const { status } of answers) expect([200, 401, 403, 409]).toContain(status);
      const chosen = `a brand new password ${answers.findIndex(({ status }) => status === 200)}`;
      expect((await here.get('/api/auth/session', { token: won[0]?.body.data.accessToken })).status).toBe(200);
      expect(
        await here.database.query(
          'SELECT FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = $1 AND ended_at IS NULL',
          [email],
        ),
      ).toHaveLength(1);
      expect((await signIn(0, email, chosen)).status).toBe(200);
    }
  });

  it('no hash of a sign-in under way takes a password back that was changed meanwhile', async () => {
    const { id, email, password } = await here.person();
    const outdated = await hash(password, { memoryCost: 8_192, timeCost: 1, parallelism: 1 });
    await here.database.query('UPDATE users SET password_hash = $2 WHERE id = $1', [id, outdated]);
    const passwords = here.app.get(Passwords, { strict: false });
    const hashing = passwords.hash.bind(passwords);
    vi.spyOn(passwords, 'hash').mockImplementationOnce(async (text) => {
      const upgraded = await hashing(text);
      await here.database.query("UPDATE users SET password_hash = 'another' WHERE id = $1", [id]);
      return upgraded;
    });
    const replaced = vi.spyOn(here.app.get(UsersService, { strict: false }), 'replacePasswordHash');
    expect((await signIn(0, email, password)).status).toBe(200);
    await expect.poll(() => replaced.mock.settledResults).toEqual([{ type: 'fulfilled', value: false }]);
    vi.restoreAllMocks();
    const rows = await here.database.query('SELECT password_hash AS hash FROM users WHERE id = $1', [id]);
    expect(rows).toEqual([{ hash: 'another' }]);
  });
});
