import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi, tokenIn } from '../kit/api.js';

const rounds = Array.from({ length: 20 }, (_, round) => round);
const times = <T>(count: number, work: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => work(i));

describe('one token used at the same time', () => {
  let api: Api;
  let other: Api;
  beforeAll(async () => {
    api = await startApi();
    other = await startApi({ database: api.database });
  });
  afterAll(async () => {
    await other.close();
    await api.close();
  });

  it('S5 gives the same next refresh token to each of 20 on two processes, 20 times over', async () => {
    for (const _ of rounds) {
      const { token, refreshToken } = await api.person();
      const answers = await Promise.all(
        times(20, (index) => (index % 2 === 0 ? api : other).post('/api/auth/refresh', { body: { refreshToken } })),
      );
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      expect(new Set(answers.map(({ body }) => body.data.refreshToken)).size).toBe(1);
      expect((await api.get('/api/auth/session', { token })).status).toBe(200);
    }
  });

  it('S5 leaves no live token when an old one comes back while its successor is used', async () => {
    for (const _ of rounds) {
      const person = await api.person();
      const refresh = (refreshToken: string) => api.post('/api/auth/refresh', { body: { refreshToken } });
      const second = (await refresh(person.refreshToken)).body.data;
      const answers = await Promise.all([refresh(second.refreshToken), refresh(person.refreshToken)]);
      const successors = answers.flatMap(({ status, body }) => (status === 200 ? [body.data.refreshToken] : []));
      // Whoever came first: after one more use of the old token, nothing of the family lives on.
      expect((await refresh(person.refreshToken)).status).toBe(401);
      for (const refreshToken of [...successors, second.refreshToken]) {
        expect((await refresh(refreshToken)).status).toBe(401);
      }
      expect((await api.get('/api/auth/session', { token: second.accessToken })).status).toBe(401);
    }
  });

  it('S21 sets a forgotten password once, of 20 that try', async () => {
    for (const _ of rounds.slice(0, 10)) {
      const { email } = await api.person();
      await api.post('/api/auth/password/forgot', { body: { email } });
      const token = tokenIn(await api.mailTo(email, 'Choose a new password'));
      const passwords = times(20, (index) => `a password of thief ${index}`);
      const answers = await Promise.all(
        passwords.map((password) => api.post('/api/auth/password/reset', { body: { token, password } })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([204, ...times(19, () => 400)]);
      const won = passwords[answers.findIndex(({ status }) => status === 204)];
      expect((await api.post('/api/auth/login', { body: { email, password: won } })).status).toBe(200);
    }
  });

  it('makes one account of a registration that is verified 10 times', async () => {
    const registration = { email: 'raced@example.com', password: 'correct horse battery' };
    await api.post('/api/auth/register', { body: { ...registration, name: 'Raced' } });
    const token = tokenIn(await api.mailTo(registration.email));
    const answers = await Promise.all(
      times(10, () => api.post('/api/auth/email/verify', { body: { token, password: registration.password } })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, ...times(9, () => 400)]);
    const { email, password } = registration;
    expect((await api.post('/api/auth/login', { body: { email, password } })).status).toBe(200);
  });
});
