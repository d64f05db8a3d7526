import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi, tokenIn } from '../kit/api.js';

describe('a change of e-mail address', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
    api.clock.hold();
  });
  afterAll(() => api.close());

  const ask = ({ token }: Person, email: string) => api.patch('/api/users/me', { token, body: { email } });
  const confirm = (token: string) => api.post('/api/auth/email/confirm', { body: { token } });
  const emailOf = async ({ token }: Person) => (await api.get('/api/users/me', { token })).body.data.email;
  const signIn = (email: string, { password }: Person) => api.post('/api/auth/login', { body: { email, password } });
  const mailed = async (email: string) => tokenIn(await api.mailTo(email, 'Confirm your new e-mail address'));
  const fresh = () => `fresh-${randomUUID()}@example.org`;

  it('takes effect once the new address has confirmed it, and the old one is told twice', async () => {
    const person = await api.person();
    const email = fresh();
    const asked = await ask(person, email);
    expect(asked.status).toBe(200);
    expect(asked.body.data).toMatchObject({ email: person.email, pendingEmail: email });
    expect(await api.mailTo(person.email, 'Another e-mail address for your account')).not.toContain(email);
    expect(await emailOf(person)).toBe(person.email);
    expect((await signIn(email, person)).status).toBe(401);

    const mail = await api.mailTo(email, 'Confirm your new e-mail address');
    expect(mail).toMatch(/http:\/\/localhost:3000\/confirm-email#token=[\w-]{43}\n/);
    expect(mail).not.toContain(person.email);
    expect((await confirm(tokenIn(mail))).status).toBe(204);
    expect(await emailOf(person)).toBe(email);
    expect((await api.get('/api/auth/session', { token: person.token })).body.data.email).toBe(email);
    expect(await api.mailTo(person.email, 'Your e-mail address was changed')).toContain('another e-mail address now');
    expect((await signIn(person.email, person)).status).toBe(401);
    expect((await signIn(email, person)).status).toBe(200);
  });

  it('is made once, within 24 hours, and by the newest mail alone', async () => {
    const person = await api.person();
    const [first, second] = [fresh(), fresh()];
    await ask(person, first);
    const older = await mailed(first);
    await ask(person, second);
    expect((await confirm(older)).body.code).toBe('TOKEN_NOT_USABLE');
    const newer = await mailed(second);
    expect((await confirm(newer)).status).toBe(204);
    expect((await confirm(newer)).body.code).toBe('TOKEN_NOT_USABLE');
    expect(await emailOf(person)).toBe(second);

    const late = fresh();
    await ask(person, late);
    const token = await mailed(late);
    api.clock.advance(24 * 3_600_000);
    expect((await confirm(token)).body.code).toBe('TOKEN_NOT_USABLE');
    for (const malformed of ['', 'short', 5, null]) {
      expect((await api.post('/api/auth/email/confirm', { body: { token: malformed } })).status).toBe(400);
    }
    expect((await confirm('A'.repeat(43))).body.code).toBe('TOKEN_NOT_USABLE');
  });

  it('is withdrawn by asking for the address that one has', async () => {
    const person = await api.person();
    const email = fresh();
    await ask(person, email);
    const token = await mailed(email);
    expect((await ask(person, person.email)).body.data.pendingEmail).toBeNull();
    expect((await confirm(token)).body.code).toBe('TOKEN_NOT_USABLE');
  });

  it('changes the name at once when both are asked for', async () => {
    const person = await api.person();
    const email = fresh();
    const answer = await api.patch('/api/users/me', { token: person.token, body: { name: 'Ada', email } });
    expect(answer.body.data).toMatchObject({ name: 'Ada', email: person.email, pendingEmail: email });
    const later = await api.patch('/api/users/me', { token: person.token, body: { name: 'Grace' } });
    expect(later.body.data).toMatchObject({ name: 'Grace', pendingEmail: email });
  });

  it('wants a recent sign-in, and a name does not', async () => {
    const person = await api.person();
    api.clock.advance(300_000);
    expect((await ask(person, fresh())).status).toBe(200);
    api.clock.advance(1);
    const stale = await api.patch('/api/users/me', { token: person.token, body: { name: 'Not this', email: fresh() } });
    expect(stale.status).toBe(403);
    expect(stale.body).toMatchObject({ code: 'FORBIDDEN', required: { recentSignIn: { maxAgeSeconds: 300 } } });
    const same = await api.patch('/api/users/me', { token: person.token, body: { name: 'Ada', email: person.email } });
    expect([same.status, same.body.data.name]).toEqual([200, 'Ada']);
  });

  it('says no more to the caller when the address has an account, which is told', async () => {
    const [person, other] = [await api.person(), await api.person()];
    const free = await ask(person, fresh());
    const taken = await ask(person, other.email);
    expect([taken.status, Object.keys(taken.body.data)]).toEqual([200, Object.keys(free.body.data)]);
    expect(taken.body.data).toMatchObject({ email: person.email, pendingEmail: other.email });
    const told = await api.mailTo(other.email, 'Your e-mail address was asked for');
    expect(told).not.toContain('token');
    expect(told).not.toContain(person.email);
    expect(await emailOf(other)).toBe(other.email);
  });

  it('is refused to who reads the mail when the address has got an account since', async () => {
    const [person, other] = [await api.person(), await api.person()];
    const email = fresh();
    await ask(person, email);
    const mine = await mailed(email);
    await ask(other, email);
    await expect.poll(() => mailed(email)).not.toBe(mine);
    expect((await confirm(await mailed(email))).status).toBe(204);
    const refused = await confirm(mine);
    expect([refused.status, refused.body.code]).toEqual([409, 'CONFLICT']);
    expect([await emailOf(person), await emailOf(other)]).toEqual([person.email, email]);
  });

  it('leaves who did it in the trail, and no address', async () => {
    const person = await api.person();
    const email = fresh();
    await ask(person, email);
    await confirm(await mailed(email));
    const { token } = await api.person('auditor');
    const trail = await api.get(`/api/audit/user/${person.id}`, { token });
    expect(trail.body.data[0]).toMatchObject({ action: 'user.updated', actorId: person.id });
    expect(trail.body.data[0].changes.email).toEqual(['[redacted]', '[redacted]']);
    expect(trail.text).not.toContain('@');
  });
});
