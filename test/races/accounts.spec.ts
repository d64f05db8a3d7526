import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi, tokenIn } from '../kit/api.js';
import type { Answer } from '../kit/http-client.js';

const rounds = Array.from({ length: 20 }, (_, round) => round);
const times = <T>(count: number, work: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => work(i));
const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status).sort();

describe('admins who disable and delete at the same time', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi({ environment: { DATABASE_POOL_SIZE: '20' } });
  });
  afterAll(() => api.close());

  const disable = (by: Person, of: Person) => api.post(`/api/users/${of.id}/disable`, { token: by.token });
  const remove = (by: Person, of: Person) => api.delete(`/api/users/${of.id}`, { token: by.token });
  const leave = (by: Person) => api.delete('/api/users/me', { token: by.token });
  const demote = (by: Person, of: Person) =>
    api.put(`/api/users/${of.id}/role`, { token: by.token, body: { role: 'customer' } });
  const onlyThese = async (count: number): Promise<[Person, Person]> => {
    await api.database.query("UPDATE users SET role = 'customer' WHERE role = 'admin'");
    const [one, other] = await Promise.all(times(count, () => api.person('admin')));
    if (one === undefined || other === undefined) throw new Error('no admins');
    return [one, other];
  };
  const remaining = async () =>
    (await api.database.query("SELECT FROM users WHERE role = 'admin' AND disabled_at IS NULL")).length;
  const done = (answers: readonly Answer[]) => answers.filter(({ status }) => status < 300).length;

  it('S34 leave one who cannot be disabled, deleted or leave, by themselves either', async () => {
    const [last, other] = await onlyThese(2);
    expect((await disable(last, other)).status).toBe(200);
    for (const answer of [await disable(last, last), await remove(last, last), await leave(last)]) {
      expect([answer.status, answer.body.code]).toEqual([409, 'LAST_ADMIN']);
    }
    expect((await remove(last, other)).status).toBe(204);
    expect(await remaining()).toBe(1);
    expect((await api.get('/api/auth/session', { token: last.token })).status).toBe(200);
  });

  it('S34 leave one, 20 times over, of two who disable each other', async () => {
    for (const _ of rounds) {
      const [one, other] = await onlyThese(2);
      expect(done(await Promise.all([disable(one, other), disable(other, one)]))).toBe(1);
      expect(await remaining()).toBe(1);
    }
  });

  it('S34 leave one, 20 times over, of two who delete each other', async () => {
    for (const _ of rounds) {
      const [one, other] = await onlyThese(2);
      expect(done(await Promise.all([remove(one, other), remove(other, one)]))).toBe(1);
      expect(await remaining()).toBe(1);
    }
  });

  it('S34 leave one, 20 times over, of two who leave', async () => {
    for (const _ of rounds) {
      const answers = await Promise.all((await onlyThese(2)).map(leave));
      expect(statuses(answers)).toEqual([204, 409]);
      expect(await remaining()).toBe(1);
    }
  });

  it('S34 leave one, 20 times over, of two whom every way of losing an admin meets at once', async () => {
    for (const _ of rounds) {
      const [one, other] = await onlyThese(2);
      const ways = [disable(one, other), remove(other, one), demote(one, other), leave(other), demote(other, one)];
      const answers = await Promise.all([...ways, leave(one)]);
      for (const { status } of answers) expect([200, 204, 401, 403, 404, 409]).toContain(status);
      expect(await remaining()).toBe(1);
    }
  });

  it('S34 do it to one of two alone though a third remains, 20 times over', async () => {
    for (const _ of rounds) {
      const [one, other] = await onlyThese(3);
      expect(done(await Promise.all([disable(one, other), remove(other, one)]))).toBe(1);
      expect(await remaining()).toBe(2);
    }
  });
});

describe('one address', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi({ environment: { DATABASE_POOL_SIZE: '20' } });
  });
  afterAll(() => api.close());

  const ask = ({ token }: Person, email: string) => api.patch('/api/users/me', { token, body: { email } });
  const confirm = (token: string) => api.post('/api/auth/email/confirm', { body: { token } });
  const subject = 'Confirm your new e-mail address';

  it('is confirmed once, of 20 that try with one token, 20 times over', async () => {
    const person = await api.person();
    for (const round of rounds) {
      const email = `once-${round}@example.org`;
      await ask(person, email);
      const token = tokenIn(await api.mailTo(email, subject));
      expect(statuses(await Promise.all(times(20, () => confirm(token))))).toEqual([204, ...times(19, () => 400)]);
      expect((await api.get('/api/users/me', { token: person.token })).body.data.email).toBe(email);
    }
  });

  it('S17 becomes one account of 10 who confirm spellings of it at once', async () => {
    const people = await Promise.all(times(10, () => api.person()));
    const spellings = times(
      10,
      (index) =>
        `${'SHARED'.slice(0, index % 6)}${'shared'.slice(index % 6)}${index > 5 ? '@EXAMPLE.org' : '@example.org'}`,
    );
    const tokens: string[] = [];
    for (const [index, person] of people.entries()) {
      const asked = spellings[index] ?? '';
      await ask(person, asked);
      const newest = async () => tokenIn(await api.mailTo(asked, subject));
      await expect.poll(newest).not.toBe(tokens.at(-1));
      tokens.push(await newest());
    }
    expect(new Set(tokens).size).toBe(10);
    expect(statuses(await Promise.all(tokens.map(confirm)))).toEqual([204, ...times(9, () => 409)]);
    const rows = await api.database.query("SELECT FROM users WHERE canonical_email = 'shared@example.org'");
    expect(rows).toHaveLength(1);
  });

  it('and the password that is set meanwhile: either the change or the reset, and no account between, 20 times over', async () => {
    for (const round of rounds) {
      const person = await api.person();
      const email = `either-${round}@example.org`;
      await ask(person, email);
      const change = tokenIn(await api.mailTo(email, subject));
      await api.post('/api/auth/password/forgot', { body: { email: person.email } });
      const token = tokenIn(await api.mailTo(person.email, 'Choose a new password'));
      const password = 'a password that was reset';
      const answers = await Promise.all([
        confirm(change),
        api.post('/api/auth/password/reset', { body: { token, password } }),
      ]);
      expect(statuses(answers)).toEqual([204, 400]);
      const [changed] = answers;
      const known = changed?.status === 204 ? { email, password: person.password } : { email: person.email, password };
      expect((await api.post('/api/auth/login', { body: known })).status).toBe(200);
    }
  });
});
