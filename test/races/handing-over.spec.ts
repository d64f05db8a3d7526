import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import type { Answer } from '../kit/http-client.js';

const times = 20;

/** Two calls, the second of which takes away what the first hands on. */
interface Contest {
  readonly give: () => Promise<Answer>;
  readonly take: () => Promise<Answer>;
  /** Who receives, and who loses: the resources whose entries in the trail are compared. */
  readonly given: string;
  readonly taken: string;
}

/**
 * What holds of each contest: in the trail, which is written under the change's own locks, nothing is handed on after
 * the change that took it from whoever handed it on. Either the giving came first, or it was refused.
 */
describe('what somebody is losing at this moment', () => {
  let api: Api;
  let admin: Person;
  beforeAll(async () => {
    api = await startApi({ environment: { DATABASE_POOL_SIZE: '20' } });
    admin = await api.person('admin');
    await api.database.role('giver', ['grant:permission', 'assign:role', 'manage:role', 'read:order']);
    await api.database.role('reader', ['read:order']);
  });
  afterAll(() => api.close());

  const grant = (by: Person, to: Person, permission = 'read:order') =>
    api.post(`/api/users/${to.id}/permissions`, { token: by.token, body: { permission } });
  const revoke = (of: Person) => api.delete(`/api/users/${of.id}/permissions/read:order`, { token: admin.token });
  const setRole = (by: Person, of: Person, role: string) =>
    api.put(`/api/users/${of.id}/role`, { token: by.token, body: { role } });
  const permit = (role: string, permissions: readonly string[], by = admin) =>
    api.patch(`/api/roles/${role}`, { token: by.token, body: { permissions } });

  let roles = 0;
  const roleOf = async (permissions: readonly string[]) => {
    roles += 1;
    await api.database.role(`contested-${roles}`, permissions);
    return `contested-${roles}`;
  };

  const contests: Record<string, () => Promise<Contest>> = {
    'is not granted on by who is demoted': async () => {
      const [giver, receiver] = [await api.person('giver'), await api.person()];
      return {
        give: () => grant(giver, receiver),
        take: () => setRole(admin, giver, 'customer'),
        given: `grant ${receiver.id}`,
        taken: `user ${giver.id}`,
      };
    },
    'is not granted on by whose own grant is revoked': async () => {
      const giver = await api.person(await roleOf(['grant:permission']));
      const receiver = await api.person();
      await grant(admin, giver);
      return {
        give: () => grant(giver, receiver),
        take: () => revoke(giver),
        given: `grant ${receiver.id}`,
        taken: `grant ${giver.id}`,
      };
    },
    'is not granted on by who has the role that it is taken from': async () => {
      const role = await roleOf(['grant:permission', 'read:order']);
      const [giver, receiver] = [await api.person(role), await api.person()];
      return {
        give: () => grant(giver, receiver),
        take: () => permit(role, ['grant:permission']),
        given: `grant ${receiver.id}`,
        taken: `role ${role}`,
      };
    },
    'is not given in a role by who is demoted': async () => {
      const [giver, receiver] = [await api.person('giver'), await api.person()];
      return {
        give: () => setRole(giver, receiver, 'reader'),
        take: () => setRole(admin, giver, 'customer'),
        given: `user ${receiver.id}`,
        taken: `user ${giver.id}`,
      };
    },
    'is not put into a role by who is demoted': async () => {
      const [giver, role] = [await api.person('giver'), await roleOf([])];
      return {
        give: () => permit(role, ['read:order'], giver),
        take: () => setRole(admin, giver, 'customer'),
        given: `role ${role}`,
        taken: `user ${giver.id}`,
      };
    },
    'is not turned against who has just come to hold more': async () => {
      const [giver, receiver] = [await api.person('giver'), await api.person()];
      return {
        give: () => setRole(giver, receiver, 'reader'),
        take: () => grant(admin, receiver, 'refund:order'),
        given: `user ${receiver.id}`,
        taken: `grant ${receiver.id}`,
      };
    },
  };

  /** When the trail says that the resource changed last; `undefined` where it hasn't since it was made for the contest. */
  const lastChange = async (resource: string, since: string): Promise<string | undefined> => {
    const [kind, id] = resource.split(' ');
    const [row] = await api.database.query<{ id: string }>(
      'SELECT id FROM audit_entries WHERE resource = $1 AND resource_id = $2 AND id > $3 ORDER BY id DESC LIMIT 1',
      [kind, id, since],
    );
    return row?.id;
  };
  const now = async () => (await api.database.query<{ id: string }>('SELECT uuid_v7() AS id'))[0]?.id ?? '';
  const expectInOrder = async ({ given, taken }: Contest, since: string, gave: Answer, took: Answer) => {
    expect(took.status).toBeLessThan(300);
    const [gaveAt, tookAt] = [await lastChange(given, since), await lastChange(taken, since)];
    expect(tookAt).toBeDefined();
    if (gave.status === 403) {
      expect(gaveAt).toBeUndefined();
      return;
    }
    expect(gave.status).toBeLessThan(300);
    expect([gaveAt, tookAt].toSorted()).toEqual([gaveAt, tookAt]);
  };

  it.each(Object.entries(contests))(`%s, ${times} times over`, async (_name, make) => {
    const outcomes = new Set<number>();
    for (let round = 0; round < times; round += 1) {
      const contest = await make();
      const since = await now();
      const calls = [contest.give, contest.take];
      const order = round % 2 === 0 ? calls : calls.toReversed();
      const answers = await Promise.all(order.map((call) => call()));
      const [gave, took] = round % 2 === 0 ? answers : answers.toReversed();
      if (gave === undefined || took === undefined) throw new Error('no answers');
      outcomes.add(gave.status);
      await expectInOrder(contest, since, gave, took);
    }
    expect(outcomes.size).toBeGreaterThan(0);
  });

  it.each(Object.entries(contests))('%s between being looked at and being handed on', async (name, make) => {
    const contest = await make();
    const since = await now();
    const door = new pg.Client({ connectionString: api.database.superuserUrl });
    await door.connect();
    // Readers pass, and the giving call stands still where it would write.
    const table = { grant: 'grants', user: 'users', role: 'role_permissions' }[contest.given.split(' ')[0] ?? ''];
    try {
      await door.query(`BEGIN; LOCK TABLE ${table} IN SHARE MODE`);
      const giving = contest.give();
      await expect.poll(() => waiting(), { timeout: 5_000, interval: 5 }).toBe(1);
      let answered = false;
      const taking = contest.take().finally(() => {
        answered = true;
      });
      await expect.poll(async () => answered || (await waiting()) === 2, { timeout: 5_000, interval: 5 }).toBe(true);
      await door.query('COMMIT');
      const [gave, took] = await Promise.all([giving, taking]);
      expect([name, gave.status < 300]).toEqual([name, true]);
      await expectInOrder(contest, since, gave, took);
    } finally {
      await door.end();
    }
  });

  it(`is granted to nobody who is being deleted, ${times} times over`, async () => {
    for (let round = 0; round < times; round += 1) {
      const receiver = await api.person();
      const calls = [
        () => grant(admin, receiver),
        () => api.delete(`/api/users/${receiver.id}`, { token: admin.token }),
      ];
      const answers = await Promise.all((round % 2 === 0 ? calls : calls.toReversed()).map((call) => call()));
      for (const { status } of answers) expect([201, 204, 404]).toContain(status);
      expect(await api.database.query('SELECT FROM grants WHERE user_id = $1', [receiver.id])).toEqual([]);
    }
  });

  it('is handed on by nobody who is disabled before it comes to that', async () => {
    const [giver, receiver] = [await api.person('giver'), await api.person()];
    const door = new pg.Client({ connectionString: api.database.superuserUrl });
    await door.connect();
    try {
      await door.query('BEGIN; LOCK TABLE grants IN ACCESS EXCLUSIVE MODE');
      const giving = grant(giver, receiver);
      await expect.poll(() => waiting(), { timeout: 5_000, interval: 5 }).toBe(1);
      await door.query('UPDATE users SET disabled_at = now() WHERE id = $1', [giver.id]);
      await door.query('COMMIT');
      expect((await giving).status).toBe(403);
    } finally {
      await door.end();
    }
  });

  /** Statements of this database that wait for a lock. */
  const waiting = async () =>
    (
      await api.database.query(
        "SELECT FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()",
        [api.database.name],
      )
    ).length;
});
