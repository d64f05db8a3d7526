import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi, tokenIn } from '../kit/api.js';

const chosen = 'a brand new password';

describe('a forgotten password', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
    api.clock.hold();
  });
  afterAll(() => api.close());

  const forgot = (email: string) => api.post('/api/auth/password/forgot', { body: { email } });
  const reset = (token: string, password = chosen) =>
    api.post('/api/auth/password/reset', { body: { token, password } });
  const signIn = (email: string, password: string) => api.post('/api/auth/login', { body: { email, password } });
  const resetTokenOf = async (email: string) => {
    await forgot(email);
    return tokenIn(await api.mailTo(email, 'Choose a new password'));
  };

  it('is answered alike for a known and an unknown address', async () => {
    const { email } = await api.person();
    const known = await forgot(email);
    const unknown = await forgot('nobody@example.com');
    expect([known.status, unknown.status]).toEqual([202, 202]);
    expect(known.text).toBe(unknown.text);
    expect([...known.headers.keys()]).toEqual([...unknown.headers.keys()]);
  });

  it('is set anew with the mailed token, and every session ends', async () => {
    const { email, password, token, refreshToken } = await api.person();
    expect((await api.get('/api/auth/session', { token })).status).toBe(200);
    expect((await reset(await resetTokenOf(email))).status).toBe(204);
    expect((await api.get('/api/auth/session', { token })).status).toBe(401);
    expect((await api.post('/api/auth/refresh', { body: { refreshToken } })).status).toBe(401);
    expect((await signIn(email, password)).status).toBe(401);
    expect((await signIn(email, chosen)).status).toBe(200);
  });

  it('takes a token once', async () => {
    const { email } = await api.person();
    const token = await resetTokenOf(email);
    expect((await reset(token)).status).toBe(204);
    const again = await reset(token, 'yet another password');
    expect(again.status).toBe(400);
    expect(again.body.code).toBe('TOKEN_NOT_USABLE');
    expect((await signIn(email, chosen)).status).toBe(200);
  });

  it('ends what was mailed before it, an invitation included', async () => {
    const email = 'invited@example.com';
    const { token } = await api.person('admin');
    await api.post('/api/users', { token, body: { email, name: 'Invited' } });
    const invitation = tokenIn(await api.mailTo(email, 'Your account'));
    expect((await reset(await resetTokenOf(email))).status).toBe(204);
    expect((await reset(invitation, 'the password of a thief')).body.code).toBe('TOKEN_NOT_USABLE');
    expect((await signIn(email, chosen)).status).toBe(200);
  });

  it('takes a token for an hour', async () => {
    const { email, password } = await api.person();
    const token = await resetTokenOf(email);
    api.clock.advance(3_600_000);
    expect((await reset(token)).body.code).toBe('TOKEN_NOT_USABLE');
    expect((await signIn(email, password)).status).toBe(200);
  });

  it('refuses a password that is too short and keeps the token for a better one', async () => {
    const { email } = await api.person();
    const token = await resetTokenOf(email);
    const refused = await reset(token, 'short');
    expect(refused.status).toBe(400);
    expect(refused.body.errors[0].field).toBe('password');
    expect((await reset(token)).status).toBe(204);
  });

  it('sends nothing to a disabled account', async () => {
    const { id, email } = await api.person();
    await api.database.query('UPDATE users SET disabled_at = now() WHERE id = $1', [id]);
    expect((await forgot(email)).status).toBe(202);
    expect(await api.database.query('SELECT FROM password_tokens WHERE user_id = $1', [id])).toEqual([]);
  });

  it('is one password however its characters were composed', async () => {
    const { email } = await api.person();
    await reset(await resetTokenOf(email), 'crème brûlée'.normalize('NFC'));
    expect((await signIn(email, 'crème brûlée'.normalize('NFD'))).status).toBe(200);
  });
});
