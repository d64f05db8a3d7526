import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Api, type Person, startApi, tokenIn } from '../kit/api.js';
import { type Json, send } from '../kit/http-client.js';
import { start } from '../kit/processes.js';

const soon = { timeout: 1_000, interval: 10 };
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const nobody = '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e';
const sessionIdOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sid;

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

describe('a session that was ended', () => {
  let api: Api;
  let replica: Api;
  let admin: Person;
  beforeAll(async () => {
    api = await startApi();
    replica = await startApi({ database: api.database });
    admin = await api.person('admin');
  });
  afterAll(async () => {
    await replica.close();
    await api.close();
  });

  const signIn = async ({ email, password }: Person, headers: Record<string, string> = {}): Promise<Tokens> =>
    (await api.post('/api/auth/login', { body: { email, password }, headers })).body.data;
  const statusOf = async (token: string, on = api) => (await on.get('/api/auth/session', { token })).status;
  const refresh = (refreshToken: string, on = api) => on.post('/api/auth/refresh', { body: { refreshToken } });
  /** Tokens that are in use: known to the caches of both processes, and one of them rotated. */
  const inUse = async (person: Person): Promise<Tokens[]> => {
    const sessions = [{ accessToken: person.token, refreshToken: person.refreshToken }, await signIn(person)];
    const rotated: Tokens = (await refresh(sessions[1]?.refreshToken ?? '')).body.data;
    sessions.push(rotated);
    for (const { accessToken } of sessions) {
      expect([await statusOf(accessToken), await statusOf(accessToken, replica)]).toEqual([200, 200]);
    }
    return sessions;
  };
  const expectDead = async (sessions: readonly Tokens[]) => {
    for (const { accessToken } of sessions) {
      expect(await statusOf(accessToken)).toBe(401);
      await expect.poll(() => statusOf(accessToken, replica), soon).toBe(401);
    }
    for (const { refreshToken } of sessions) {
      expect([(await refresh(refreshToken)).status, (await refresh(refreshToken, replica)).status]).toEqual([401, 401]);
    }
  };

  it('S8 by signing out is dead at once with both tokens, and the other sessions live', async () => {
    const person = await api.person();
    const [first, , rotated] = await inUse(person);
    if (first === undefined || rotated === undefined) throw new Error('no sessions');
    expect((await api.post('/api/auth/logout', { token: first.accessToken })).status).toBe(204);
    await expectDead([first]);
    expect(await statusOf(rotated.accessToken)).toBe(200);
    expect((await refresh(rotated.refreshToken)).status).toBe(200);
  });

  it('S8 by disabling its user is dead at once with all tokens, and stays dead when they are enabled again', async () => {
    const person = await api.person();
    const sessions = await inUse(person);
    expect((await api.post(`/api/users/${person.id}/disable`, { token: admin.token })).status).toBe(200);
    await expectDead(sessions);
    expect(
      (await api.post('/api/auth/login', { body: { email: person.email, password: person.password } })).status,
    ).toBe(401);
    expect((await api.post(`/api/users/${person.id}/enable`, { token: admin.token })).status).toBe(200);
    await expectDead(sessions);
    expect(await statusOf((await signIn(person)).accessToken)).toBe(200);
    const listed = await api.get(`/api/users/${person.id}/sessions`, { token: admin.token });
    expect(listed.body.data).toHaveLength(1);
  });

  it('S8 by deleting its user is dead at once with all tokens, whoever deletes them', async () => {
    for (const remove of [
      ({ id }: Person) => api.delete(`/api/users/${id}`, { token: admin.token }),
      ({ token }: Person) => api.delete('/api/users/me', { token }),
    ]) {
      const person = await api.person();
      const sessions = await inUse(person);
      expect((await remove(person)).status).toBe(204);
      await expectDead(sessions);
    }
  });

  it('S8 by a forgotten password that was set anew is dead at once with all tokens', async () => {
    const person = await api.person();
    const sessions = await inUse(person);
    await api.post('/api/auth/password/forgot', { body: { email: person.email } });
    const token = tokenIn(await api.mailTo(person.email, 'Choose a new password'));
    const body = { token, password: 'another battery staple' };
    expect((await api.post('/api/auth/password/reset', { body })).status).toBe(204);
    await expectDead(sessions);
  });

  it('S8 by changing the password is dead at once with all tokens but the new ones of who changed it', async () => {
    const person = await api.person();
    const sessions = await inUse(person);
    const body = { currentPassword: person.password, newPassword: 'another battery staple' };
    const changed = await api.post('/api/auth/password/change', { token: sessions[1]?.accessToken, body });
    expect(changed.status).toBe(200);
    await expectDead(sessions);
    expect(await statusOf(changed.body.data.accessToken)).toBe(200);
    expect((await refresh(changed.body.data.refreshToken)).status).toBe(200);
  });

  it('S8 takes a change of address with it that one of the ended sessions asked for', async () => {
    const ends: Record<string, (person: Person) => Promise<unknown>> = {
      'signed out everywhere': ({ token }) => api.delete('/api/auth/sessions', { token }),
      revoked: ({ id }) => api.delete(`/api/users/${id}/sessions`, { token: admin.token }),
      'password changed': ({ token, password: currentPassword }) =>
        api.post('/api/auth/password/change', {
          token,
          body: { currentPassword, newPassword: 'another one entirely' },
        }),
      disabled: async ({ id }) => {
        await api.post(`/api/users/${id}/disable`, { token: admin.token });
        await api.post(`/api/users/${id}/enable`, { token: admin.token });
      },
    };
    for (const [how, end] of Object.entries(ends)) {
      const person = await api.person();
      const email = `thief-${person.id}@evil.example`;
      await api.patch('/api/users/me', { token: person.token, body: { email } });
      const token = tokenIn(await api.mailTo(email, 'Confirm your new e-mail address'));
      await end(person);
      const confirmed = await api.post('/api/auth/email/confirm', { body: { token } });
      expect([how, confirmed.status, confirmed.body.code]).toEqual([how, 400, 'TOKEN_NOT_USABLE']);
    }
  });
});

describe('sessions in a list', () => {
  let api: Api;
  let admin: Person;
  beforeAll(async () => {
    api = await startApi();
    api.clock.hold();
    admin = await api.person('admin');
  });
  afterAll(() => api.close());

  const signIn = async ({ email, password }: Person, device: string): Promise<Tokens> =>
    (await api.post('/api/auth/login', { body: { email, password }, headers: { 'user-agent': device } })).body.data;
  const listOf = async (token: string): Promise<Json[]> => (await api.get('/api/auth/sessions', { token })).body.data;
  const statusOf = async (token: string) => (await api.get('/api/auth/session', { token })).status;

  it("S9 tell their owner where they are signed in, and show nobody else's", async () => {
    const [person, other] = [await api.person(), await api.person()];
    const signedInAt = api.clock.now().toISOString();
    const phone = await signIn(person, 'phone/1');
    await signIn(other, 'phone/2');
    api.clock.advance(minute);
    const refreshed = await api.post('/api/auth/refresh', { body: { refreshToken: phone.refreshToken } });
    const listed = await listOf(refreshed.body.data.accessToken);
    expect(listed).toHaveLength(2);
    expect(listed[0]).toEqual({
      id: sessionIdOf(phone.accessToken),
      current: true,
      device: 'phone/1',
      address: '127.0.0.1',
      methods: ['password'],
      secondFactor: false,
      transport: 'bearer',
      signedInAt,
      lastSeenAt: api.clock.now().toISOString(),
      expiresAt: new Date(new Date(signedInAt).getTime() + 7 * day).toISOString(),
    });
    expect(listed[1]).toMatchObject({ id: sessionIdOf(person.token), current: false });
    expect(JSON.stringify(listed)).not.toMatch(/hash|token/i);
  });

  it('S9 are ended one by one or all at once by their owner, and leave the list with that', async () => {
    const person = await api.person();
    const [phone, laptop] = [await signIn(person, 'phone/1'), await signIn(person, 'laptop/1')];
    const end = (id: string) => api.delete(`/api/auth/sessions/${id}`, { token: person.token });
    expect((await end(sessionIdOf(phone.accessToken))).status).toBe(204);
    expect([await statusOf(phone.accessToken), await statusOf(laptop.accessToken)]).toEqual([401, 200]);
    expect((await end(sessionIdOf(phone.accessToken))).status).toBe(404);
    expect((await listOf(person.token)).map(({ device }) => device)).not.toContain('phone/1');
    expect((await api.delete('/api/auth/sessions', { token: laptop.accessToken })).status).toBe(204);
    expect([await statusOf(laptop.accessToken), await statusOf(person.token)]).toEqual([401, 401]);
  });

  it("S9 S31 are not ended or even confirmed by another's id", async () => {
    const [person, thief] = [await api.person(), await api.person()];
    const id = sessionIdOf(person.token);
    const answers = await Promise.all(
      [id, id.toUpperCase(), nobody].map((one) => api.delete(`/api/auth/sessions/${one}`, { token: thief.token })),
    );
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect((await api.delete('/api/auth/sessions/1', { token: thief.token })).status).toBe(400);
    expect((await api.delete(`/api/auth/sessions/${id}`)).status).toBe(401);
    for (const path of [`/api/users/${person.id}/sessions`, `/api/users/${person.id}/sessions/${id}`]) {
      const refused = await api.delete(path, { token: thief.token });
      expect([refused.status, refused.body.required]).toEqual([403, { permissions: { anyOf: ['revoke:session'] } }]);
    }
    expect((await api.get(`/api/users/${person.id}/sessions`, { token: thief.token })).status).toBe(403);
    expect(await statusOf(person.token)).toBe(200);
  });

  it('S9 are seen and ended by an admin, whoever they belong to', async () => {
    for (const role of ['customer', 'support', 'admin']) {
      const person = await api.person(role);
      const phone = await signIn(person, 'phone/1');
      const path = `/api/users/${person.id}/sessions`;
      const listed = await api.get(path, { token: admin.token });
      expect(listed.body.data.map(({ current }: Json) => current)).toEqual([false, false]);
      const one = sessionIdOf(phone.accessToken);
      expect((await api.delete(`${path}/${one}`, { token: admin.token })).status).toBe(204);
      expect([await statusOf(phone.accessToken), await statusOf(person.token)]).toEqual([401, 200]);
      expect((await api.delete(`${path}/${one}`, { token: admin.token })).status).toBe(404);
      expect((await api.delete(path, { token: admin.token })).status).toBe(204);
      expect(await statusOf(person.token)).toBe(401);
    }
    expect((await api.delete(`/api/users/${nobody}/sessions`, { token: admin.token })).status).toBe(404);
    expect((await api.get(`/api/users/${nobody}/sessions`, { token: admin.token })).status).toBe(404);
  });

  it("S9 are ended under their own user's address alone", async () => {
    const [person, other] = [await api.person(), await api.person()];
    const path = `/api/users/${other.id}/sessions/${sessionIdOf(person.token)}`;
    expect((await api.delete(path, { token: admin.token })).status).toBe(404);
    expect(await statusOf(person.token)).toBe(200);
  });

  it('S34 of who holds more are not ended by support, and of who holds as much or less they are', async () => {
    const support = await api.person('support');
    for (const role of ['admin', 'manager', 'auditor']) {
      const person = await api.person(role);
      const path = `/api/users/${person.id}/sessions`;
      for (const one of [path, `${path}/${sessionIdOf(person.token)}`]) {
        const refused = await api.delete(one, { token: support.token });
        expect([one, refused.status, refused.body.code]).toEqual([one, 403, 'FORBIDDEN']);
      }
      expect(await statusOf(person.token)).toBe(200);
    }
    for (const role of ['customer', 'support']) {
      const person = await api.person(role);
      expect((await api.delete(`/api/users/${person.id}/sessions`, { token: support.token })).status).toBe(204);
      expect(await statusOf(person.token)).toBe(401);
    }
  });
});

describe('a revocation', () => {
  it('S7 outlives every token that it kills, by a day, by a week, and on a process that never saw the session', async () => {
    const api = await startApi();
    api.clock.hold();
    const begun = api.clock.now().getTime();
    const restarted: Api[] = [];
    try {
      const person = await api.person();
      const { accessToken, refreshToken } = (
        await api.post('/api/auth/refresh', { body: { refreshToken: person.refreshToken } })
      ).body.data;
      expect((await api.post('/api/auth/logout', { token: accessToken })).status).toBe(204);
      // An access token lives 15 minutes and a refresh token 7 days: both are looked at while they would still be good.
      for (const after of [0, 14 * minute, 14.9 * minute, hour, day, 2 * day, 6.99 * day, 7 * day, 30 * day]) {
        api.clock.advance(begun + after - api.clock.now().getTime());
        expect([after, (await api.get('/api/auth/session', { token: accessToken })).status]).toEqual([after, 401]);
        const refused = await api.post('/api/auth/refresh', { body: { refreshToken } });
        expect([after, refused.status]).toEqual([after, 401]);
      }
      const late = await startApi({ database: api.database });
      restarted.push(late);
      late.clock.advance(-(Date.now() - begun) + 1_000);
      expect((await late.get('/api/auth/session', { token: accessToken })).status).toBe(401);
      expect((await late.post('/api/auth/refresh', { body: { refreshToken } })).status).toBe(401);
      const [row] = await api.database.query<{ reason: string }>('SELECT end_reason AS reason FROM sessions');
      expect(row?.reason).toBe('signed out');
    } finally {
      for (const one of restarted) await one.close();
      await api.close();
    }
  });

  it('S7 survives the process that it was made in, which was killed', async () => {
    const api = await startApi();
    const { secrets } = inject('server');
    const environment = { NODE_ENV: 'development', DATABASE_URL: api.database.url, DEMO_DATA: 'false', ...secrets };
    const [ended, living] = [await api.person(), await api.person()];
    const outcome = async (url: string, { token, refreshToken }: Person) => {
      const session = await send(`${url}/api/auth/session`, 'GET', { token });
      const refreshed = await send(`${url}/api/auth/refresh`, 'POST', { body: { refreshToken } });
      return [session.status, refreshed.status];
    };
    let process = start('api', [], environment);
    try {
      let url = await process.listening();
      expect((await send(`${url}/api/auth/session`, 'GET', { token: ended.token })).status).toBe(200);
      expect((await send(`${url}/api/auth/logout`, 'POST', { token: ended.token })).status).toBe(204);
      process.signal('SIGKILL');
      await process.exit();
      process = start('api', [], environment);
      url = await process.listening();
      expect(await outcome(url, ended)).toEqual([401, 401]);
      expect(await outcome(url, living)).toEqual([200, 200]);
    } finally {
      await process.stop();
      await api.close();
    }
  });
});
