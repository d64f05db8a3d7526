import { Passwords } from '@gatehouse/features/auth';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Api, startApi, tokenIn } from '../kit/api.js';
import type { Answer } from '../kit/http-client.js';
import { statementsOf } from '../kit/statements.js';

const password = 'correct horse battery';

const databaseOf = ({ database }: Api) =>
  Object.assign(new URL(database.superuserUrl), { pathname: `/${database.name}` }).href;

/** How many of the API's statements wait for a lock. */
async function waiting({ database }: Api): Promise<number> {
  const rows = await database.query(
    "SELECT FROM pg_stat_activity WHERE datname = $1 AND application_name = 'gatehouse' AND wait_event_type = 'Lock'",
    [database.name],
  );
  return rows.length;
}

describe('guessing at the door', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  const signIn = (email: string, secret = password) =>
    api.post('/api/auth/login', { body: { email, password: secret } });
  const withoutItsOwn = ({ status, headers, body }: Answer) => {
    const { requestId: _own, ...rest } = body;
    return { status, headers: [...headers.keys()].sort(), rest };
  };

  it('S14 unknown, wrong, locked, unverified, invited and disabled get one and the same answer', async () => {
    const known = await api.person();
    const disabled = await api.person();
    await api.database.query('UPDATE users SET disabled_at = now() WHERE id = $1', [disabled.id]);
    const invited = await api.person();
    await api.database.query('UPDATE users SET password_hash = NULL WHERE id = $1', [invited.id]);
    await api.post('/api/auth/register', { body: { email: 'unverified@example.com', name: 'U', password } });

    const wrong = withoutItsOwn(await signIn(known.email, 'not the password'));
    expect(wrong.status).toBe(401);
    expect(wrong.rest).toMatchObject({ code: 'SIGN_IN_FAILED', title: 'The e-mail address or the password is wrong' });
    const locked = await api.person();
    for (const guess of ['one', 'two', 'three', 'four', 'five']) await signIn(locked.email, guess);
    for (const email of [
      'unknown@example.com',
      'unverified@example.com',
      locked.email,
      disabled.email,
      invited.email,
      'no address',
    ]) {
      expect(withoutItsOwn(await signIn(email))).toEqual(wrong);
    }
  });

  it('S14 unknown, wrong, invited and disabled cost one verification each', async () => {
    const disabled = await api.person();
    await api.database.query('UPDATE users SET disabled_at = now() WHERE id = $1', [disabled.id]);
    const invited = await api.person();
    await api.database.query('UPDATE users SET password_hash = NULL WHERE id = $1', [invited.id]);
    const passwords = api.app.get<unknown, { verifies: (hash: string) => unknown }>(Passwords, { strict: false });
    const verifies = vi.spyOn(passwords, 'verifies');
    const costOf = (hash: unknown) => String(hash).split('$').slice(0, 4).join('$');
    for (const email of ['nobody@example.com', (await api.person()).email, invited.email, disabled.email]) {
      verifies.mockClear();
      expect((await signIn(email, 'not the password')).status).toBe(401);
      const costs = verifies.mock.calls.map(([hash]) => costOf(hash));
      expect([email, costs]).toEqual([email, ['$argon2id$v=19$m=19456,t=2,p=1']]);
    }
    verifies.mockRestore();
  });

  it('S15 a registration costs a known and an unknown address one hash and the same statements, and is answered alike', async () => {
    const { email } = await api.person();
    const gate: { run: () => unknown } = Reflect.get(api.app.get(Passwords, { strict: false }), 'gate');
    const run = vi.spyOn(gate, 'run');
    const registered: unknown[] = [];
    for (const address of ['first@example.com', email, 'nobody-yet@example.com', email.toUpperCase()]) {
      run.mockClear();
      const answers: Answer[] = [];
      const body = { email: address, name: 'Somebody', password };
      const statements = await statementsOf(api, async () =>
        answers.push(await api.post('/api/auth/register', { body })),
      );
      const [answer] = answers.map(({ status, text, headers }) => ({ status, text, headers: [...headers.keys()] }));
      registered.push({ statements, answer, hashes: run.mock.calls.length });
    }
    run.mockRestore();
    expect(registered[0]).toMatchObject({ answer: { status: 202 }, hashes: 1 });
    expect(registered).toEqual(registered.map(() => registered[0]));
  });

  it('S15 a forgotten password is answered after one and the same statement, which knows of no account', async () => {
    const { email } = await api.person();
    const forgot = async (address: string) => {
      const answers: Answer[] = [];
      const statements = await statementsOf(api, async () =>
        answers.push(await api.post('/api/auth/password/forgot', { body: { email: address } })),
      );
      return { answer: answers.map(({ status, text }) => ({ status, text })), statements };
    };
    const unknown = await forgot('nobody@example.com');
    const known = await forgot(email);
    expect(unknown.statements).toEqual([expect.stringContaining('INSERT INTO pgboss.job')]);
    expect(known).toEqual(unknown);
  });

  it('S15 a forgotten password is answered without waiting for what only a known address needs', async () => {
    const { email } = await api.person();
    const writer = new pg.Client({ connectionString: databaseOf(api) });
    await writer.connect();
    try {
      await writer.query('BEGIN');
      await writer.query('LOCK TABLE password_tokens IN ACCESS EXCLUSIVE MODE');
      const begun = performance.now();
      expect((await api.post('/api/auth/password/forgot', { body: { email } })).status).toBe(202);
      expect(performance.now() - begun).toBeLessThan(2_000);
    } finally {
      await writer.end();
    }
    expect(tokenIn(await api.mailTo(email, 'Choose a new password'))).toBeDefined();
  });

  it.each([
    ['has another password', "password_hash = 'another'"],
    ['is disabled', 'disabled_at = now()'],
  ])('S8 a sign-in that was under way begins no session once the account %s', async (_, change) => {
    const person = await api.person();
    const writer = new pg.Client({ connectionString: databaseOf(api) });
    await writer.connect();
    try {
      await writer.query('BEGIN');
      await writer.query(`UPDATE users SET ${change} WHERE id = $1`, [person.id]);
      const signingIn = signIn(person.email);
      await expect.poll(() => waiting(api)).toBe(1);
      await writer.query('COMMIT');
      expect(withoutItsOwn(await signingIn)).toEqual(withoutItsOwn(await signIn('nobody@example.com')));
    } finally {
      await writer.end();
    }
    const sessions = await api.database.query('SELECT FROM sessions WHERE user_id = $1', [person.id]);
    expect(sessions).toHaveLength(1);
  });

  it('S17 spellings of an address in case and Unicode are one account', async () => {
    const email = 'Straße.Ada@Example.com';
    await api.post('/api/auth/register', { body: { email, name: 'Ada', password } });
    const token = tokenIn(await api.mailTo(email));
    expect((await api.post('/api/auth/email/verify', { body: { token, password } })).status).toBe(204);
    for (const spelling of ['STRAßE.ada@EXAMPLE.COM', ' straße.ada@example.com ', 'ｓｔｒａße.ada@ｅxample.com']) {
      expect((await signIn(spelling)).status).toBe(200);
    }
  });

  it('S17 spellings of a domain and characters that nobody sees make no second account', async () => {
    const email = 'ada@b\u00fccher.example';
    await api.post('/api/auth/register', { body: { email, name: 'Ada', password } });
    const token = tokenIn(await api.mailTo(email));
    expect((await api.post('/api/auth/email/verify', { body: { token, password } })).status).toBe(204);
    const spellings = ['ada@xn--bcher-kva.example', 'ADA@BU\u0308CHER.example.', 'a\u00adda\uff20b\u00fccher.example'];
    for (const spelling of spellings) expect([spelling, (await signIn(spelling)).status]).toEqual([spelling, 200]);
    const again = { email: 'ada@xn--bcher-kva.example', name: 'Other', password: 'another password' };
    await api.post('/api/auth/register', { body: again });
    expect(await api.mailTo(email, 'You already have an account')).toContain('has an account already');
    expect((await signIn('\u0430da@b\u00fccher.example')).status).toBe(401);
  });

  it('S17 a lookalike domain is another account', async () => {
    const { email } = await api.person();
    // A Cyrillic letter in the place of the Latin one.
    expect((await signIn(email.replace('example', 'ex\u0430mple'))).status).toBe(401);
    expect((await signIn(email.replace('.com', '.com.evil.example'))).status).toBe(401);
  });

  it('S17 registering another spelling of a known address makes no second account', async () => {
    const { email } = await api.person();
    const shouted = email.toUpperCase();
    await api.post('/api/auth/register', { body: { email: shouted, name: 'Other', password: 'another password' } });
    expect(await api.mailTo(shouted)).toContain('has an account already');
    expect((await signIn(shouted, 'another password')).status).toBe(401);
    expect((await signIn(shouted)).status).toBe(200);
  });

  it('S19 a password of 10 kB is refused before it is hashed', async () => {
    const { email } = await api.person();
    const begun = performance.now();
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const answer = await signIn(email, 'x'.repeat(10_000));
      expect(answer.status).toBe(400);
      expect(answer.body.errors).toEqual([{ field: 'password', message: 'must be at most 128 characters' }]);
    }
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it('S19 passwords of 80 bytes that differ at byte 75 differ', async () => {
    const email = 'long@example.com';
    const long = 'a'.repeat(80);
    await api.post('/api/auth/register', { body: { email, name: 'Long', password: long } });
    const token = tokenIn(await api.mailTo(email));
    await api.post('/api/auth/email/verify', { body: { token, password: long } });
    expect((await signIn(email, `${'a'.repeat(74)}b${'a'.repeat(5)}`)).status).toBe(401);
    expect((await signIn(email, long)).status).toBe(200);
  });

  it('S20 hashes are argon2id with at least 19 MiB and two passes, each with its own salt', async () => {
    const hashes: string[] = [];
    for (const email of ['salt-1@example.com', 'salt-2@example.com']) {
      await api.post('/api/auth/register', { body: { email, name: 'Salt', password } });
      const [row] = await api.database.query<{ hash: string }>(
        'SELECT password_hash AS hash FROM registrations WHERE email = $1',
        [email],
      );
      hashes.push(row?.hash ?? '');
    }
    for (const hash of hashes) {
      const [, memory, passes] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$/.exec(hash) ?? [];
      expect(Number(memory)).toBeGreaterThanOrEqual(19_456);
      expect(Number(passes)).toBeGreaterThanOrEqual(2);
    }
    expect(hashes[0]).not.toBe(hashes[1]);
  });
});
