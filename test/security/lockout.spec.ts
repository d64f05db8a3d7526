import { join } from 'node:path';
import { Passwords } from '@gatehouse/features/auth';
import { SecurityEvents } from '@gatehouse/platform/audit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Api, startApi, tokenIn } from '../kit/api.js';
import type { Answer } from '../kit/http-client.js';
import { MailFolder } from '../kit/mail-folder.js';
import { statementsOf } from '../kit/statements.js';

const times = <T>(count: number, work: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => work(i));
const second = 1_000;
const minute = 60 * second;

describe('guessing passwords one after the other', () => {
  let api: Api;
  let networks = 0;
  beforeAll(async () => {
    api = await startApi({ environment: { TRUSTED_PROXIES: '127.0.0.1' } });
    api.clock.hold();
  });
  afterAll(() => api.close());

  /** An address that nobody has failed from. */
  const elsewhere = () => {
    networks += 1;
    return `2001:db8:${networks.toString(16)}::1`;
  };
  const signIn = (email: string, password: string, from = elsewhere()) =>
    api.post('/api/auth/login', { body: { email, password }, headers: { 'x-forwarded-for': from } });
  const guess = async (email: string, count: number, from?: string) => {
    for (const index of times(count, (i) => i)) {
      expect((await signIn(email, `guess number ${index}`, from)).status).toBe(401);
    }
  };
  const withoutItsOwn = ({ status, headers, body }: Answer) => {
    const { requestId: _own, ...rest } = body;
    const own = ['date', 'x-request-id', 'ratelimit'];
    return { status, headers: [...headers].filter(([name]) => !own.includes(name)), rest };
  };
  const mailsTo = async (email: string) =>
    (await new MailFolder(join(api.dataDir, 'mail')).all()).filter(({ to }) => to.includes(email));

  it('S16 locks the account after five from five addresses, for its right password as well', async () => {
    const { email, password } = await api.person();
    await guess(email, 4);
    const wrong = withoutItsOwn(await signIn(email, 'not the password'));
    expect(withoutItsOwn(await signIn(email, password))).toEqual(wrong);
    api.clock.advance(30 * second - 1);
    expect((await signIn(email.toUpperCase(), password)).status).toBe(401);
    api.clock.advance(1);
    expect((await signIn(email, password)).status).toBe(200);
  });

  it('S16 waits longer after each further one, a quarter of an hour at the most', async () => {
    const { email, password } = await api.person();
    await guess(email, 5);
    for (const seconds of [30, 60, 120, 240, 480, 900, 900]) {
      api.clock.advance(seconds * second - 1);
      expect((await signIn(email, password)).status).toBe(401);
      api.clock.advance(1);
      await guess(email, 1);
    }
    api.clock.advance(15 * minute);
    expect((await signIn(email, password)).status).toBe(200);
  });

  it('S16 begins anew after a success', async () => {
    const { email, password } = await api.person();
    for (const _ of times(3, () => 0)) {
      await guess(email, 4);
      expect((await signIn(email, password)).status).toBe(200);
    }
  });

  it('S16 leaves the sessions that there are alone', async () => {
    const { email, token, refreshToken } = await api.person();
    await guess(email, 6);
    expect((await api.get('/api/auth/session', { token })).status).toBe(200);
    expect((await api.post('/api/auth/refresh', { body: { refreshToken } })).status).toBe(200);
  });

  it('S16 is undone by a new password, which the owner can still ask for', async () => {
    const { email } = await api.person();
    await guess(email, 6);
    await api.post('/api/auth/password/forgot', { body: { email } });
    const token = tokenIn(await api.mailTo(email, 'Choose a new password'));
    const chosen = 'another horse battery';
    expect((await api.post('/api/auth/password/reset', { body: { token, password: chosen } })).status).toBe(204);
    expect((await signIn(email, chosen)).status).toBe(200);
  });

  it('S16 locks on every process, and though Redis has forgotten everything', async () => {
    const { email, password } = await api.person();
    await guess(email, 5);
    const other = await startApi({ database: api.database, environment: { REDIS_PREFIX: 'emptied:' } });
    try {
      expect((await other.post('/api/auth/login', { body: { email, password } })).status).toBe(401);
    } finally {
      await other.close();
    }
  });

  it('S16 locks an address after fifty on fifty accounts, its whole /64 and nobody else', async () => {
    const victims = await Promise.all(times(10, () => api.person()));
    const within = () => `2001:db8:feed:1::${Math.floor(Math.random() * 65_535 + 1).toString(16)}`;
    for (const index of times(40, (i) => i)) await guess(`nobody-${index}@example.com`, 1, within());
    for (const { email } of victims) await guess(email, 1, within());
    const { email, password } = await api.person();
    expect((await signIn(email, password, within())).status).toBe(401);
    expect((await signIn(email, password, '2001:db8:feed:2::1')).status).toBe(200);
    // Who is shut out by address uses up nobody's account.
    await guess(email, 20, within());
    expect((await signIn(email, password)).status).toBe(200);
    api.clock.advance(30 * second);
    expect((await signIn(email, password, within())).status).toBe(200);
  });

  it.each([
    ['begins a session', false],
    ['asks for a second factor', true],
  ])(
    'S16 a thief does not wipe the failures of their address by a sign-in of their own that %s',
    async (_, enrolled) => {
      const thief = await api.person();
      if (enrolled) {
        await api.database.query(
          "INSERT INTO second_factors (user_id, secret, enabled_at, created_at) VALUES ($1, 'secret', now(), now())",
          [thief.id],
        );
      }
      const { email, password } = await api.person();
      const from = elsewhere();
      for (const index of times(10, (i) => i)) {
        await guess(`victim-${index}-${from}@example.com`, 4, from);
        expect((await signIn(thief.email, thief.password, from)).status).toBe(200);
      }
      for (const index of times(10, (i) => i)) await guess(`other-${index}-${from}@example.com`, 1, from);
      expect((await signIn(email, password, from)).status).toBe(401);
    },
  );

  it('S14 does for an unknown, a known, a disabled and a locked account the same statements and one verification', async () => {
    const disabled = await api.person();
    await api.database.query('UPDATE users SET disabled_at = now() WHERE id = $1', [disabled.id]);
    const gate: { run: () => unknown } = Reflect.get(api.app.get(Passwords, { strict: false }), 'gate');
    const run = vi.spyOn(gate, 'run');
    const accounts: { statements: string[]; verifications: number; answer: unknown }[][] = [];
    await signIn('first@example.com', 'what is forgotten is deleted on the way');
    for (const email of ['unknown@example.com', (await api.person()).email, disabled.email]) {
      const tried: (typeof accounts)[number] = [];
      accounts.push(tried);
      for (const _ of times(8, () => 0)) {
        run.mockClear();
        const answers: Answer[] = [];
        const statements = await statementsOf(api, async () =>
          answers.push(await signIn(email, disabled.password + _)),
        );
        tried.push({ statements, verifications: run.mock.calls.length, answer: answers.map(withoutItsOwn) });
      }
    }
    run.mockRestore();
    const [unknown = []] = accounts;
    const [first] = unknown;
    expect(first).toMatchObject({ statements: [expect.any(String), expect.any(String)], verifications: 1 });
    // The try that begins the lock has the owner told, if there is one: that is a job, whoever there is.
    const [beginning] = unknown.splice(4, 1);
    expect(beginning).toEqual({ ...first, statements: [...(first?.statements ?? []), expect.stringContaining('job')] });
    for (const others of accounts.slice(1)) expect(others.splice(4, 1)).toEqual([beginning]);
    expect(accounts.flat()).toEqual(accounts.flat().map(() => first));
  });

  it('S16 tells the owner once when a row of locks begins, and the trail each time', async () => {
    const { id, email } = await api.person();
    const disabled = await api.person();
    await api.database.query('UPDATE users SET disabled_at = now() WHERE id = $1', [disabled.id]);
    for (const address of [email, disabled.email, 'unknown@example.net']) {
      await guess(address, 12);
      api.clock.advance(30 * second);
      await guess(address, 12);
    }
    await api.app.get(SecurityEvents).flush();
    const locks = await api.database.query<{ subject: string; budget: string }>(
      "SELECT resource_id AS subject, details->>'budget' AS budget FROM audit_entries WHERE action = 'attempts.locked'",
    );
    expect(locks.filter(({ subject }) => subject === id)).toEqual([
      { subject: id, budget: 'sign-in by account' },
      { subject: id, budget: 'sign-in by account' },
    ]);
    expect(locks.filter(({ subject }) => subject === disabled.id)).toHaveLength(2);
    expect(await api.mailTo(email, 'Too many wrong passwords')).toContain('Sessions that you have go on');
    expect(await mailsTo(email)).toHaveLength(1);
    expect(await mailsTo(disabled.email)).toHaveLength(0);
    expect(await mailsTo('unknown@example.net')).toHaveLength(0);
  });

  it('S10 keeps who was tried as nothing that a reader of the database could guess', async () => {
    await guess('guessed@example.com', 1, '2001:db8:1234::1');
    const readable = await api.database.query(
      "SELECT FROM attempts WHERE attempts::text || encode(subject, 'escape') ~ 'guessed|example|2001:db8'",
    );
    expect(readable).toEqual([]);
    expect((await api.database.query('SELECT FROM attempts')).length).toBeGreaterThan(0);
  });
});
