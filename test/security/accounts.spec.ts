import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi, tokenIn } from '../kit/api.js';
import type { Answer } from '../kit/http-client.js';
import { MailFolder } from '../kit/mail-folder.js';

const newPassword = 'another battery staple';
const refused = ({ status, body }: Answer) => [status, body.code];

describe('a way up over an account', () => {
  let api: Api;
  let clerk: Person;
  beforeAll(async () => {
    api = await startApi();
    await api.database.role('clerk', ['read:user', 'update:user', 'delete:user', 'revoke:session']);
    clerk = await api.person('clerk');
  });
  afterAll(() => api.close());

  it('S34 nobody renames, disables, enables or deletes who holds more than they do, admins above all', async () => {
    const { token } = clerk;
    for (const role of ['admin', 'manager', 'auditor']) {
      const { id } = await api.person(role);
      for (const answer of [
        await api.patch(`/api/users/${id}`, { token, body: { name: 'X' } }),
        await api.post(`/api/users/${id}/disable`, { token }),
        await api.post(`/api/users/${id}/enable`, { token }),
        await api.delete(`/api/users/${id}`, { token }),
      ]) {
        expect([role, ...refused(answer)]).toEqual([role, 403, 'FORBIDDEN']);
      }
      const [row] = await api.database.query('SELECT name, disabled_at, deleted_at FROM users WHERE id = $1', [id]);
      expect(row).toEqual({ name: `Test ${role}`, disabled_at: null, deleted_at: null });
    }
  });

  it('S34 a grant counts: who was granted more than the actor holds is out of reach until it is over', async () => {
    const admin = await api.person('admin');
    const { id } = await api.person();
    const disable = () => api.post(`/api/users/${id}/disable`, { token: clerk.token });
    const grant = { permission: 'read:audit', expiresIn: '1h' };
    await api.post(`/api/users/${id}/permissions`, { token: admin.token, body: grant });
    const answer = await disable();
    expect([answer.status, answer.body.required]).toEqual([403, { permissions: { allOf: ['read:audit'] } }]);
    await api.delete(`/api/users/${id}/permissions/read:audit`, { token: admin.token });
    expect((await disable()).status).toBe(200);
  });

  it("S37 nobody gives another's account an address to ask for a new password at", async () => {
    const admin = await api.person('admin');
    const { id, email } = await api.person('manager');
    for (const body of [{ email: 'thief@evil.example' }, { name: 'X', email: 'thief@evil.example' }]) {
      const answer = await api.patch(`/api/users/${id}`, { token: admin.token, body });
      expect([answer.status, answer.body.errors[0].field]).toEqual([400, 'email']);
    }
    expect((await api.get(`/api/users/${id}`, { token: admin.token })).body.data.email).toBe(email);
  });

  it('S42 an account shows nothing secret, wherever it is answered', async () => {
    const admin = await api.person('admin');
    const { token, id } = await api.person();
    const name = 'Shown';
    const answers = [
      await api.get('/api/users/me', { token }),
      await api.get(`/api/users/${id}`, { token: admin.token }),
      await api.patch(`/api/users/${id}`, { token: admin.token, body: { name } }),
      await api.post(`/api/users/${id}/disable`, { token: admin.token }),
      await api.post(`/api/users/${id}/enable`, { token: admin.token }),
      await api.put(`/api/users/${id}/role`, { token: admin.token, body: { role: 'support' } }),
      await api.post('/api/users', { token: admin.token, body: { name, email: 'shown@example.com' } }),
    ];
    const shown = ['createdAt', 'disabledAt', 'email', 'id', 'name', 'role'];
    for (const { body } of answers) expect(Object.keys(body.data).sort()).toEqual(shown);
    const person = await api.person();
    const updated = await api.patch('/api/users/me', { token: person.token, body: { name, email: 'x@example.net' } });
    expect(Object.keys(updated.body.data).sort()).toEqual([...shown, 'pendingEmail'].sort());
    const list = await api.get('/api/users?limit=100', { token: admin.token });
    for (const user of list.body.data) expect(Object.keys(user).sort()).toEqual(shown);
    for (const { text } of [...answers, updated, list]) expect(text).not.toMatch(/argon2|hash|secret|token/i);
  });
});

describe('a verification that is sent once more', () => {
  it('S15 is answered without waiting for what only a waiting registration needs', async () => {
    const api = await startApi();
    const superuser = Object.assign(new URL(api.database.superuserUrl), { pathname: `/${api.database.name}` }).href;
    const writer = new pg.Client({ connectionString: superuser });
    const email = 'waiting@example.com';
    const mails = async () => (await new MailFolder(join(api.dataDir, 'mail')).all()).length;
    try {
      await api.post('/api/auth/register', { body: { email, name: 'Ada', password: newPassword } });
      await expect.poll(mails).toBe(1);
      await writer.connect();
      await writer.query('BEGIN');
      await writer.query('LOCK TABLE registrations IN ACCESS EXCLUSIVE MODE');
      const begun = performance.now();
      expect((await api.post('/api/auth/email/resend', { body: { email } })).status).toBe(202);
      expect(performance.now() - begun).toBeLessThan(2_000);
      expect(await mails()).toBe(1);
      await writer.query('COMMIT');
      await expect.poll(mails).toBe(2);
    } finally {
      await writer.end();
      await api.close();
    }
  });
});

describe('a change of address', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  const ask = ({ token }: Person, email: string) => api.patch('/api/users/me', { token, body: { email } });
  const confirm = (token: string) => api.post('/api/auth/email/confirm', { body: { token } });
  const mailed = async (email: string) => tokenIn(await api.mailTo(email, 'Confirm your new e-mail address'));
  const forgot = (email: string) => api.post('/api/auth/password/forgot', { body: { email } });
  const reset = (token: string) => api.post('/api/auth/password/reset', { body: { token, password: newPassword } });
  const signIn = (email: string, { password }: Person) => api.post('/api/auth/login', { body: { email, password } });

  it('S21 kills the tokens that were mailed to the old one to set a password', async () => {
    const person = await api.person();
    await forgot(person.email);
    const old = tokenIn(await api.mailTo(person.email, 'Choose a new password'));
    const email = `new-${person.id}@example.org`;
    await ask(person, email);
    expect((await confirm(await mailed(email))).status).toBe(204);
    expect(refused(await reset(old))).toEqual([400, 'TOKEN_NOT_USABLE']);
    expect((await signIn(email, person)).status).toBe(200);
  });

  it('S21 leaves none that was asked for at the old one while it was made', async () => {
    const person = await api.person();
    const { id, email } = person;
    const superuser = Object.assign(new URL(api.database.superuserUrl), { pathname: `/${api.database.name}` }).href;
    const writer = new pg.Client({ connectionString: superuser });
    await writer.connect();
    try {
      await writer.query('BEGIN');
      await writer.query(
        "UPDATE users SET email = 'moved@example.org', canonical_email = 'moved@example.org' WHERE id = $1",
        [id],
      );
      expect((await forgot(email)).status).toBe(202);
      const waits = "SELECT FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'";
      await expect.poll(async () => (await api.database.query(waits, [api.database.name])).length).toBe(1);
      await writer.query('COMMIT');
    } finally {
      await writer.end();
    }
    expect((await forgot('moved@example.org')).status).toBe(202);
    expect(tokenIn(await api.mailTo('moved@example.org', 'Choose a new password'))).toBeDefined();
    expect(await api.database.query('SELECT FROM password_tokens WHERE user_id = $1', [id])).toHaveLength(1);
    await expect(api.mailTo(email, 'Choose a new password')).rejects.toThrow('no mail');
  });

  it('S15 tells its caller nothing of who has the address: the same answer, body and headers', async () => {
    const [person, known] = [await api.person(), await api.person()];
    const free = `free-${known.email}`;
    const answers = [await ask(person, free), await ask(person, known.email)];
    const told = answers.map(({ status, headers, text }) => [
      status,
      [...headers.keys()].sort(),
      text.replace(free, 'ADDRESS').replace(known.email, 'ADDRESS'),
    ]);
    expect(told[0]).toEqual(told[1]);
  });

  it('S17 to another spelling of one own address is made like any other, and to one of somebody else’s never', async () => {
    const [person, other] = [await api.person(), await api.person()];
    const shouted = person.email.toUpperCase();
    await ask(person, shouted);
    expect((await confirm(await mailed(shouted))).status).toBe(204);
    expect((await api.get('/api/users/me', { token: person.token })).body.data.email).toBe(shouted);
    expect((await signIn(person.email, person)).status).toBe(200);

    const theirs = other.email.toUpperCase();
    expect((await ask(person, theirs)).status).toBe(200);
    expect(await api.mailTo(theirs, 'Your e-mail address was asked for')).not.toContain('token');
    await expect(api.mailTo(theirs, 'Confirm your new e-mail address')).rejects.toThrow('no mail');
  });

  it('S8 that a thief asked for is gone with the password that its victim sets', async () => {
    const victim = await api.person();
    const email = `thief-${victim.id}@evil.example`;
    await ask(victim, email);
    const thiefs = await mailed(email);
    expect(await api.mailTo(victim.email, 'Another e-mail address for your account')).toContain('ends all sessions');
    await forgot(victim.email);
    expect((await reset(tokenIn(await api.mailTo(victim.email, 'Choose a new password')))).status).toBe(204);
    expect(refused(await confirm(thiefs))).toEqual([400, 'TOKEN_NOT_USABLE']);
    expect((await signIn(victim.email, { ...victim, password: newPassword })).status).toBe(200);
  });

  it('is confirmed with no token of another kind, and its token is good for nothing else', async () => {
    const person = await api.person();
    const email = `kinds-${person.id}@example.org`;
    await ask(person, email);
    const change = await mailed(email);
    await forgot(person.email);
    const forgotten = tokenIn(await api.mailTo(person.email, 'Choose a new password'));
    expect(refused(await confirm(forgotten))).toEqual([400, 'TOKEN_NOT_USABLE']);
    expect(refused(await reset(change))).toEqual([400, 'TOKEN_NOT_USABLE']);
    const verified = await api.post('/api/auth/email/verify', { body: { token: change, password: person.password } });
    expect(refused(verified)).toEqual([400, 'TOKEN_NOT_USABLE']);
    expect((await api.post('/api/auth/refresh', { body: { refreshToken: change } })).status).toBe(401);
    expect((await confirm(person.refreshToken)).status).toBe(400);
    expect((await confirm(change)).status).toBe(204);
  });

  it('S10 leaves no usable token in the database', async () => {
    const person = await api.person();
    const email = `dump-${person.id}@example.org`;
    await ask(person, email);
    const token = await mailed(email);
    const rows = await api.database.query<{ row: string }>(
      'SELECT c::text AS row FROM email_changes c UNION ALL SELECT a::text FROM audit_entries a',
    );
    const dump = rows.map(({ row }) => row).join('\n');
    expect(dump).toContain(email);
    expect(dump).not.toContain(token);
    expect(dump).not.toContain(Buffer.from(token).toString('hex'));
    expect(dump).not.toContain(Buffer.from(token, 'base64url').toString('hex'));
  });
});
