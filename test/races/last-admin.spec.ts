import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';

const times = 20;

describe('the last admin', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  const demote = (by: Person, of: Person) =>
    api.put(`/api/users/${of.id}/role`, { token: by.token, body: { role: 'customer' } });
  const admins = async () =>
    (await api.database.query<{ id: string }>("SELECT id FROM users WHERE role = 'admin'")).map(({ id }) => id);
  const onlyThese = async (count: number) => {
    await api.database.query("UPDATE users SET role = 'customer' WHERE role = 'admin'");
    return Promise.all(Array.from({ length: count }, () => api.person('admin')));
  };

  it('stays admin', async () => {
    const [last] = await onlyThese(1);
    if (last === undefined) throw new Error('no admin');
    const answer = await demote(last, last);
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe('LAST_ADMIN');
    expect(await admins()).toEqual([last.id]);
  });

  it('is not counted among those who are disabled', async () => {
    const [last, disabled] = await onlyThese(2);
    if (last === undefined || disabled === undefined) throw new Error('no admins');
    await api.database.query('UPDATE users SET disabled_at = now() WHERE id = $1', [disabled.id]);
    expect((await demote(last, last)).status).toBe(409);
  });

  it(`is left when the last two step down at the same time, ${times} times over`, async () => {
    for (let round = 0; round < times; round += 1) {
      const both = await onlyThese(2);
      const answers = await Promise.all(both.map((admin) => demote(admin, admin)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      expect(await admins()).toHaveLength(1);
    }
  });

  it(`is left when the last two demote each other at the same time, ${times} times over`, async () => {
    for (let round = 0; round < times; round += 1) {
      const [one, other] = await onlyThese(2);
      if (one === undefined || other === undefined) throw new Error('no admins');
      const answers = await Promise.all([demote(one, other), demote(other, one)]);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(await admins()).toHaveLength(1);
    }
  });

  it(`of two who demote each other at once one is refused, though a third remains, ${times} times over`, async () => {
    for (let round = 0; round < times; round += 1) {
      const [one, other] = await onlyThese(3);
      if (one === undefined || other === undefined) throw new Error('no admins');
      const answers = await Promise.all([demote(one, other), demote(other, one)]);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(await admins()).toHaveLength(2);
    }
  });
});
