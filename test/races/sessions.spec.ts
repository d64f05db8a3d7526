import { PrincipalCache } from '@gatehouse/access';
import { SessionsService } from '@gatehouse/features/auth';
import { RequestContext } from '@gatehouse/platform/context';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import type { Answer } from '../kit/http-client.js';

const rounds = Array.from({ length: 20 }, (_, round) => round);
const times = <T>(count: number, work: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => work(i));
const sessionIdOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sid;

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

describe('sessions that end while something else happens to them', () => {
  let api: Api;
  let other: Api;
  let admin: Person;
  beforeAll(async () => {
    api = await startApi({ environment: { DATABASE_POOL_SIZE: '20' } });
    other = await startApi({ database: api.database, environment: { DATABASE_POOL_SIZE: '20' } });
    admin = await api.person('admin');
  });
  afterAll(async () => {
    await other.close();
    await api.close();
  });

  const signIn = ({ email, password }: Person) => api.post('/api/auth/login', { body: { email, password } });
  /** One more session, without a password that would be counted. */
  const begin = ({ id: userId }: Person): Promise<Tokens> =>
    api.app
      .get(RequestContext)
      .run({ requestId: uuidv7(), process: 'test' }, () =>
        api.app.get(SessionsService, { strict: false }).begin({ userId, methods: ['password'], secondFactor: false }),
      );
  const refresh = (refreshToken: string, on = api) => on.post('/api/auth/refresh', { body: { refreshToken } });
  /** What a change of the password does to the session. */
  const renew = (token: string, on = api) =>
    on.app.get(RequestContext).run({ requestId: uuidv7(), process: 'test' }, async () => {
      const principal = await on.app.get(PrincipalCache, { strict: false }).load(sessionIdOf(token));
      if (principal === undefined) throw new Error('the session has ended');
      return on.app.get(SessionsService, { strict: false }).renew(principal, 'renewed');
    });
  const won = <T>(results: readonly PromiseSettledResult<T>[]): T[] =>
    results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const live = async ({ id }: Person) =>
    (await api.database.query('SELECT FROM sessions WHERE user_id = $1 AND ended_at IS NULL', [id])).length;
  const expectDead = async (tokens: readonly Tokens[]) => {
    for (const { accessToken, refreshToken } of tokens) {
      expect((await api.get('/api/auth/session', { token: accessToken })).status).toBe(401);
      expect((await refresh(refreshToken)).status).toBe(401);
    }
  };
  const pairs = (answers: readonly Answer[]): Tokens[] =>
    answers.flatMap(({ status, body }) => (status === 200 ? [body.data] : []));
  const expectSound = (answers: readonly Answer[]) => {
    for (const { status } of answers) expect([200, 204, 401, 404, 409]).toContain(status);
  };

  it('S9 leave no live pair of a refresh under way when all are ended, on two processes, 20 times over', async () => {
    for (const _ of rounds) {
      const person = await api.person();
      const second = await begin(person);
      const refreshing = [person.refreshToken, second.refreshToken].flatMap((token) =>
        [api, other, api, other].map((on) => refresh(token, on)),
      );
      const answers = await Promise.all([
        ...refreshing.slice(0, 4),
        api.delete('/api/auth/sessions', { token: person.token }),
        ...refreshing.slice(4),
      ]);
      expectSound(answers);
      expect(answers[4]?.status).toBe(204);
      expect(await live(person)).toBe(0);
      await expectDead([...pairs(answers), second]);
    }
  });

  it('S8 leave no live pair of a refresh under way when one is signed out of, 20 times over', async () => {
    for (const _ of rounds) {
      const person = await api.person();
      const answers = await Promise.all([
        ...times(4, (index) => refresh(person.refreshToken, index % 2 === 0 ? api : other)),
        api.post('/api/auth/logout', { token: person.token }),
      ]);
      expectSound(answers);
      await expectDead([...pairs(answers), { accessToken: person.token, refreshToken: person.refreshToken }]);
    }
  });

  it('S8 leave none that was begun or refreshed while its user was disabled, nor when they are enabled again, 20 times over', async () => {
    for (const _ of rounds) {
      const person = await api.person();
      const answers = await Promise.all([
        signIn(person),
        refresh(person.refreshToken),
        api.post(`/api/users/${person.id}/disable`, { token: admin.token }),
        signIn(person),
        refresh(person.refreshToken, other),
      ]);
      expectSound(answers);
      expect(answers[2]?.status).toBe(200);
      await api.post(`/api/users/${person.id}/enable`, { token: admin.token });
      expect(await live(person)).toBe(0);
      await expectDead(pairs([...answers.slice(0, 2), ...answers.slice(3)]));
    }
  });

  it('S8 leave none that was begun or refreshed while its user was deleted, 20 times over', async () => {
    for (const _ of rounds) {
      const person = await api.person();
      const answers = await Promise.all([
        signIn(person),
        refresh(person.refreshToken),
        api.delete('/api/users/me', { token: person.token }),
        api.delete(`/api/users/${person.id}`, { token: admin.token }),
        signIn(person),
      ]);
      expectSound(answers);
      expect(answers.slice(2, 4).filter(({ status }) => status === 204)).toHaveLength(1);
      expect(await api.database.query('SELECT FROM sessions WHERE user_id = $1', [person.id])).toEqual([]);
      await expectDead(pairs([...answers.slice(0, 2), ...answers.slice(4)]));
    }
  });

  it('S8 are renewed once, of 20 that renew one, 20 times over', async () => {
    for (const _ of rounds) {
      const person = await api.person();
      const results = await Promise.allSettled(
        times(20, (index) => renew(person.token, index % 2 === 0 ? api : other)),
      );
      const [renewed, ...others] = won(results);
      expect(others).toEqual([]);
      for (const result of results) {
        if (result.status === 'rejected') expect(String(result.reason)).toMatch(/sign in again|has ended/);
      }
      expect(await live(person)).toBe(1);
      expect((await api.get('/api/auth/session', { token: renewed?.accessToken })).status).toBe(200);
      await expectDead([{ accessToken: person.token, refreshToken: person.refreshToken }]);
    }
  });

  it('S8 leave one, of 10 of one user that are renewed at the same time, 20 times over', async () => {
    const person = await api.person();
    for (const _ of rounds) {
      const tokens = await Promise.all(times(10, () => begin(person)));
      const results = await Promise.allSettled(
        tokens.map(({ accessToken }, index) => renew(accessToken, index % 2 === 0 ? api : other)),
      );
      for (const result of results) {
        if (result.status === 'rejected') expect(String(result.reason)).toMatch(/sign in again|has ended/);
      }
      expect(won(results)).toHaveLength(1);
      expect(await live(person)).toBe(1);
    }
  });

  it('S9 leave none, of one that is renewed while all are ended, 20 times over', async () => {
    for (const _ of rounds) {
      const person = await api.person();
      const second = await begin(person);
      const [ended, ...renewed] = await Promise.allSettled([
        api.delete('/api/auth/sessions', { token: person.token }),
        renew(second.accessToken),
        renew(person.token, other),
      ]);
      // Who comes too late to end all of them is told so: their own session was ended by the renewal.
      const isOver = ended.status === 'fulfilled' && ended.value.status === 204;
      if (isOver) expect(await live(person)).toBe(0);
      else expect(won(renewed)).toHaveLength(1);
    }
  });

  it('S8 leave none, of one that is renewed while its user is disabled, 20 times over', async () => {
    for (const _ of rounds) {
      const person = await api.person();
      const [disabled] = await Promise.allSettled([
        api.post(`/api/users/${person.id}/disable`, { token: admin.token }),
        renew(person.token),
        renew(person.token, other),
      ]);
      expect(disabled.status === 'fulfilled' && disabled.value.status).toBe(200);
      await api.post(`/api/users/${person.id}/enable`, { token: admin.token });
      expect(await live(person)).toBe(0);
    }
  });
});
