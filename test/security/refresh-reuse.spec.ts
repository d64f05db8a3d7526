import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';

describe('a stolen refresh token', () => {
  let api: Api;
  let person: Person;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  const refresh = (refreshToken: string) => api.post('/api/auth/refresh', { body: { refreshToken } });
  const session = (token: string) => api.get('/api/auth/session', { token });
  const expectFamilyDead = async (refreshTokens: string[], accessTokens: string[]) => {
    for (const token of accessTokens) expect((await session(token)).status).toBe(401);
    for (const token of refreshTokens) expect((await refresh(token)).status).toBe(401);
    expect(await api.mailTo(person.email, 'A session of yours was ended')).toContain('used from two places');
    const [row] = await api.database.query<{ reason: string }>(
      'SELECT end_reason AS reason FROM sessions WHERE user_id = $1',
      [person.id],
    );
    expect(row?.reason).toBe('refresh token reused');
  };

  it('S6 one that comes back after its successor was used kills the family, access tokens included', async () => {
    person = await api.person();
    const second = (await refresh(person.refreshToken)).body.data;
    const third = (await refresh(second.refreshToken)).body.data;
    expect((await session(third.accessToken)).status).toBe(200);
    const stolen = await refresh(person.refreshToken);
    expect(stolen.status).toBe(401);
    expect(stolen.body.data).toBeUndefined();
    await expectFamilyDead(
      [person.refreshToken, second.refreshToken, third.refreshToken],
      [person.token, second.accessToken, third.accessToken],
    );
  });

  it('S5 one that another client presents within the ten seconds kills the family as well', async () => {
    person = await api.person();
    const second = (await refresh(person.refreshToken)).body.data;
    const thief = await api.post('/api/auth/refresh', {
      body: { refreshToken: person.refreshToken },
      headers: { 'user-agent': 'another browser' },
    });
    expect(thief.status).toBe(401);
    await expectFamilyDead([second.refreshToken], [person.token, second.accessToken]);
  });

  it('S5 one that comes back after ten seconds kills the family though its successor is unused', async () => {
    person = await api.person();
    const second = (await refresh(person.refreshToken)).body.data;
    api.clock.advance(10_001);
    expect((await refresh(person.refreshToken)).status).toBe(401);
    await expectFamilyDead([second.refreshToken], [person.token, second.accessToken]);
  });

  it("S6 kills that family and no other session of the user's", async () => {
    person = await api.person();
    const { email, password } = person;
    const other = (await api.post('/api/auth/login', { body: { email, password } })).body.data;
    const second = (await refresh(person.refreshToken)).body.data;
    await refresh(second.refreshToken);
    expect((await refresh(person.refreshToken)).status).toBe(401);
    expect((await session(other.accessToken)).status).toBe(200);
    expect((await refresh(other.refreshToken)).status).toBe(200);
  });

  it('S10 is not to be found in the database, nor its successor', async () => {
    person = await api.person();
    const { refreshToken } = (await refresh(person.refreshToken)).body.data;
    const rows = await api.database.query<{ row: string }>(
      `SELECT t::text AS row FROM refresh_tokens t UNION ALL SELECT s::text FROM sessions s
       UNION ALL SELECT a::text FROM audit_entries a`,
    );
    const dump = rows.map(({ row }) => row).join('\n');
    for (const token of [person.refreshToken, refreshToken]) {
      expect(dump).not.toContain(token);
      expect(dump).not.toContain(Buffer.from(token).toString('hex'));
      expect(dump).not.toContain(Buffer.from(token, 'base64url').toString('hex'));
    }
  });

  it('S5 a guessed one is refused without a hint', async () => {
    const answer = await refresh('A'.repeat(43));
    expect(answer.status).toBe(401);
    expect(answer.body.code).toBe('UNAUTHORIZED');
    for (const malformed of ['', 'short', 'A'.repeat(44), "'; DROP TABLE sessions; --", 5, null, ['x']]) {
      const refused = await api.post('/api/auth/refresh', { body: { refreshToken: malformed } });
      expect(refused.status).toBe(400);
    }
  });
});
