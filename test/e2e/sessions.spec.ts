import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';

describe('a session', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
    api.clock.hold();
  });
  afterAll(() => api.close());

  const session = (token: string) => api.get('/api/auth/session', { token });
  const refresh = (refreshToken: string) => api.post('/api/auth/refresh', { body: { refreshToken } });

  it('begins with a sign-in that answers both tokens and when the access token ends', async () => {
    const { email, password } = await api.person();
    const answer = await api.post('/api/auth/login', { body: { email, password } });
    expect(answer.status).toBe(200);
    const { accessToken, expiresAt, refreshToken, tokenType } = answer.body.data;
    expect(tokenType).toBe('Bearer');
    expect(refreshToken).toMatch(/^[\w-]{43}$/);
    const [, payload = ''] = accessToken.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    expect(claims.exp - claims.iat).toBe(900);
    expect(new Date(expiresAt).getTime()).toBe(claims.exp * 1_000);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('shows the caller as the server sees them now', async () => {
    const { id, email, token } = await api.person('support');
    const answer = await session(token);
    expect(answer.status).toBe(200);
    expect(answer.body.data).toMatchObject({ userId: id, email, role: 'support' });
    expect(answer.body.data.permissions).toEqual(expect.arrayContaining(['read:order', 'read:user', 'revoke:session']));
    expect(answer.body.data.session).toMatchObject({ methods: ['password'], secondFactor: false });
  });

  it('takes the access token from x-access-token as well', async () => {
    const { id, token } = await api.person();
    const answer = await api.get('/api/auth/session', { headers: { 'x-access-token': token } });
    expect(answer.body.data.userId).toBe(id);
  });

  it('hands out the next pair at a refresh, and both access tokens hold until they expire', async () => {
    const person = await api.person();
    const answer = await refresh(person.refreshToken);
    expect(answer.status).toBe(200);
    const { accessToken, refreshToken } = answer.body.data;
    expect(refreshToken).not.toBe(person.refreshToken);
    expect((await session(accessToken)).status).toBe(200);
    expect((await refresh(refreshToken)).status).toBe(200);
  });

  it('replays the same successor within ten seconds, for an answer that was lost on its way', async () => {
    const person = await api.person();
    const first = await refresh(person.refreshToken);
    api.clock.advance(9_000);
    const again = await refresh(person.refreshToken);
    expect(again.status).toBe(200);
    expect(again.body.data.refreshToken).toBe(first.body.data.refreshToken);
    expect((await session(again.body.data.accessToken)).status).toBe(200);
  });

  it('is over for its access and its refresh token at once when it is logged out', async () => {
    const { token, refreshToken } = await api.person();
    expect((await session(token)).status).toBe(200);
    expect((await api.post('/api/auth/logout', { token })).status).toBe(204);
    expect((await session(token)).status).toBe(401);
    expect((await api.post('/api/auth/logout', { token })).status).toBe(401);
    expect((await refresh(refreshToken)).status).toBe(401);
  });

  it('leaves the other sessions of the same user alone when it is logged out', async () => {
    const { email, password, token } = await api.person();
    const other = await api.post('/api/auth/login', { body: { email, password } });
    await api.post('/api/auth/logout', { token });
    expect((await session(other.body.data.accessToken)).status).toBe(200);
  });

  it('ends with its access token to the second, whether or not the token was used before', async () => {
    const used = await api.person();
    const fresh = await api.person();
    expect((await session(used.token)).status).toBe(200);
    api.clock.advance(895_000);
    expect((await session(used.token)).status).toBe(200);
    api.clock.advance(5_000);
    for (const token of [used.token, used.token, fresh.token, fresh.token, fresh.token]) {
      expect((await session(token)).status).toBe(401);
    }
    expect((await refresh(used.refreshToken)).status).toBe(200);
  });

  it('ends seven days after the sign-in, however often it was refreshed', async () => {
    const person = await api.person();
    let { refreshToken } = person;
    for (let day = 1; day <= 6; day += 1) {
      api.clock.advance(24 * 3_600_000);
      const answer = await refresh(refreshToken);
      expect(answer.status).toBe(200);
      refreshToken = answer.body.data.refreshToken;
    }
    api.clock.advance(24 * 3_600_000);
    expect((await refresh(refreshToken)).status).toBe(401);
  });

  it('is refused as soon as its user is disabled', async () => {
    const { id, email, password, refreshToken } = await api.person();
    await api.database.query('UPDATE users SET disabled_at = now() WHERE id = $1', [id]);
    expect((await refresh(refreshToken)).status).toBe(401);
    expect((await api.post('/api/auth/login', { body: { email, password } })).status).toBe(401);
  });
});
