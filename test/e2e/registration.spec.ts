import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi, tokenIn } from '../kit/api.js';
import { MailFolder } from '../kit/mail-folder.js';

const password = 'correct horse battery';

describe('registration', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
    api.clock.hold();
  });
  afterAll(() => api.close());

  const register = (email: string, secret = password) =>
    api.post('/api/auth/register', { body: { email, name: 'Ada', password: secret } });
  const resend = (email: string) => api.post('/api/auth/email/resend', { body: { email } });
  const mails = async (email: string) =>
    (await new MailFolder(join(api.dataDir, 'mail')).all()).filter(({ to }) => to.includes(email)).length;
  const verify = (token: string, secret = password) =>
    api.post('/api/auth/email/verify', { body: { token, password: secret } });
  const signIn = (email: string, secret = password) =>
    api.post('/api/auth/login', { body: { email, password: secret } });

  it('answers a known and an unknown address alike, and only the mail tells which it is', async () => {
    const { email } = await api.person();
    const known = await register(email);
    const unknown = await register('nobody-yet@example.com');
    expect([known.status, unknown.status]).toEqual([202, 202]);
    expect(known.text).toBe(unknown.text);
    expect([...known.headers.keys()]).toEqual([...unknown.headers.keys()]);
    expect(await api.mailTo(email)).toContain('has an account already');
    expect(await api.mailTo('nobody-yet@example.com')).toContain('To finish your registration');
  });

  it('leaves the password and the name of an account that is already there as they are', async () => {
    const person = await api.person();
    await register(person.email, 'another password');
    await api.mailTo(person.email, 'You already have an account');
    expect((await signIn(person.email)).status).toBe(200);
    expect((await signIn(person.email, 'another password')).status).toBe(401);
  });

  it('builds the link in the mail from configuration with the token in the fragment, whatever Host says', async () => {
    await api.post('/api/auth/register', {
      body: { email: 'host@example.com', name: 'Ada', password },
      headers: { 'x-forwarded-host': 'evil.example' },
    });
    const mail = await api.mailTo('host@example.com');
    expect(mail).toMatch(/http:\/\/localhost:3000\/verify-email#token=[\w-]{43}\n/);
    expect(mail).not.toContain('evil.example');
  });

  it('sends nobody words of whoever typed in their address', async () => {
    const email = 'stranger@example.com';
    const name = 'you,\r\n\r\nyour account is locked: https://evil.example';
    await api.post('/api/auth/register', { body: { email, name, password: 'correct horse battery' } });
    expect(await api.mailTo(email)).not.toContain('evil.example');
  });

  it('refuses a verification with a wrong password, and takes the right one afterwards', async () => {
    await register('wrong@example.com');
    const token = tokenIn(await api.mailTo('wrong@example.com'));
    const refused = await verify(token, 'not this password');
    expect(refused.status).toBe(400);
    expect(refused.body.code).toBe('TOKEN_NOT_USABLE');
    expect((await signIn('wrong@example.com')).status).toBe(401);
    expect((await verify(token)).status).toBe(204);
    expect((await signIn('wrong@example.com')).status).toBe(200);
  });

  it('accepts a verification token once', async () => {
    await register('once@example.com');
    const token = tokenIn(await api.mailTo('once@example.com'));
    expect((await verify(token)).status).toBe(204);
    const again = await verify(token);
    expect(again.status).toBe(400);
    expect(again.body.code).toBe('TOKEN_NOT_USABLE');
  });

  it('refuses a verification token after 24 hours', async () => {
    await register('late@example.com');
    const token = tokenIn(await api.mailTo('late@example.com'));
    api.clock.advance(24 * 3_600_000);
    expect((await verify(token)).body.code).toBe('TOKEN_NOT_USABLE');
  });

  it('gives no account to somebody who registered my address before me with a password of theirs', async () => {
    const email = 'mine@example.com';
    await register(email, 'the password of a thief');
    const theirs = tokenIn(await api.mailTo(email));
    // I register too, and mistakenly open the mail of the first registration: my password isn't that one's.
    await register(email);
    expect((await verify(theirs)).body.code).toBe('TOKEN_NOT_USABLE');
    await expect.poll(async () => tokenIn(await api.mailTo(email))).not.toBe(theirs);
    const mine = tokenIn(await api.mailTo(email));
    expect((await verify(mine)).status).toBe(204);
    expect((await signIn(email, 'the password of a thief')).status).toBe(401);
    expect((await signIn(email)).status).toBe(200);
  });

  it('makes one account of two registrations of the same address that are both verified', async () => {
    const email = 'twice@example.com';
    await register(email);
    const first = tokenIn(await api.mailTo(email));
    await register(email);
    await expect.poll(async () => tokenIn(await api.mailTo(email))).not.toBe(first);
    const second = tokenIn(await api.mailTo(email));
    expect((await verify(second)).status).toBe(204);
    expect((await verify(first)).status).toBe(409);
    const rows = await api.database.query('SELECT FROM users WHERE canonical_email = $1', [email]);
    expect(rows).toHaveLength(1);
  });

  it('is mailed once more on demand, and the token mailed first stays good', async () => {
    const email = 'Again@example.com';
    await register(email);
    const first = tokenIn(await api.mailTo(email));
    const answer = await resend(' again@EXAMPLE.com'.trim());
    expect(answer.status).toBe(202);
    await expect.poll(async () => tokenIn(await api.mailTo(email))).not.toBe(first);
    const second = tokenIn(await api.mailTo(email));
    expect((await verify(second, 'not this password')).status).toBe(400);
    expect((await verify(first)).status).toBe(204);
    expect((await verify(second)).body.code).toBe('CONFLICT');
    expect((await signIn(email)).status).toBe(200);
  });

  it('is mailed once more as the newest one, for 24 hours from then', async () => {
    const email = 'newest@example.com';
    await register(email, 'the password of a thief');
    api.clock.advance(1_000);
    await register(email);
    api.clock.advance(23 * 3_600_000);
    const before = await mails(email);
    await resend(email);
    await expect.poll(() => mails(email)).toBe(before + 1);
    api.clock.advance(2 * 3_600_000);
    expect((await verify(tokenIn(await api.mailTo(email)))).status).toBe(204);
  });

  it('is answered alike on demand whether or not one waits, and mails who registered alone', async () => {
    const { email } = await api.person();
    const waiting = 'waiting@example.com';
    await register(waiting);
    await register(email);
    const answers = [await resend(waiting), await resend(email), await resend('nobody-at-all@example.com')];
    for (const { status, text, headers } of answers) {
      expect([status, text]).toEqual([202, answers[0]?.text]);
      expect([...headers.keys()]).toEqual([...(answers[0]?.headers.keys() ?? [])]);
    }
    await expect.poll(() => mails(waiting)).toBe(2);
    await expect.poll(() => mails(email)).toBe(2);
    expect(await api.mailTo(email)).toContain('has an account already');
    expect(await mails('nobody-at-all@example.com')).toBe(0);
    api.clock.advance(25 * 3_600_000);
    await resend(waiting);
    const later = 'later@example.com';
    await register(later);
    await api.mailTo(later);
    expect(await mails(waiting)).toBe(2);
    expect((await resend('no address')).status).toBe(400);
  });

  it('names every field that is not acceptable', async () => {
    const answer = await api.post('/api/auth/register', {
      body: { email: 'no address', name: '', password: 'short', role: 'admin' },
    });
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map(({ field }: { field: string }) => field).sort()).toEqual([
      'email',
      'name',
      'password',
      'role',
    ]);
  });
});
