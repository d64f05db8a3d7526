import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';

const minute = 60_000;

describe('a temporary grant on two replicas whose clock the test moves', () => {
  let here: Api;
  let there: Api;
  let admin: Person;
  let person: Person;
  beforeAll(async () => {
    here = await startApi();
    there = await startApi({ database: here.database });
    for (const { clock } of [here, there]) clock.hold();
    there.clock.advance(here.clock.milliseconds() - there.clock.milliseconds());
  });
  // Access tokens end by the clock that each test moves.
  beforeEach(async () => {
    [admin, person] = [await here.person('admin'), await here.person()];
  });
  afterAll(async () => {
    await there.close();
    await here.close();
  });

  const advance = (milliseconds: number) => {
    for (const { clock } of [here, there]) clock.advance(milliseconds);
  };
  const later = (milliseconds: number) => new Date(here.clock.milliseconds() + milliseconds).toISOString();
  const grant = (body: object) =>
    here.post(`/api/users/${person.id}/permissions`, {
      token: admin.token,
      body: { permission: 'read:user', ...body },
    });
  const onBoth = () =>
    Promise.all(
      [here, there].map(async (api) => (await api.get(`/api/users/${admin.id}`, { token: person.token })).status),
    );

  it('S33 ends at its very millisecond, though both had it in memory', async () => {
    expect((await grant({ expiresIn: '5m' })).status).toBe(201);
    await expect.poll(onBoth, { timeout: 1_000 }).toEqual([200, 200]);
    advance(5 * minute - 1);
    expect(await onBoth()).toEqual([200, 200]);
    advance(1);
    expect(await onBoth()).toEqual([403, 403]);
    expect(await here.database.query('SELECT FROM grants WHERE user_id = $1', [person.id])).toHaveLength(1);
  });

  it('S33 that is to come begins at its very millisecond, though both knew the person without it', async () => {
    expect((await grant({ startsAt: later(minute), expiresAt: later(2 * minute) })).status).toBe(201);
    expect(await onBoth()).toEqual([403, 403]);
    advance(minute - 1);
    expect(await onBoth()).toEqual([403, 403]);
    advance(1);
    expect(await onBoth()).toEqual([200, 200]);
    advance(minute - 1);
    expect(await onBoth()).toEqual([200, 200]);
    advance(1);
    expect(await onBoth()).toEqual([403, 403]);
  });

  it('S33 of many, each begins and ends by itself', async () => {
    const permissions = ['read:user', 'read:order', 'read:audit', 'read:access'];
    for (const [index, permission] of permissions.entries()) {
      const times = { startsAt: later((index + 1) * 1_000), expiresAt: later((index + 3) * 1_000) };
      expect((await grant({ permission, ...times })).status).toBe(201);
    }
    for (let second = 0; second <= 7; second += 1) {
      const held = permissions.filter((_, index) => second >= index + 1 && second < index + 3);
      const { body } = await there.get('/api/auth/session', { token: person.token });
      expect([second, body.data.permissions.toSorted()]).toEqual([second, held.toSorted()]);
      advance(1_000);
    }
  });
});

describe('a way up', () => {
  let api: Api;
  let admin: Person;
  beforeAll(async () => {
    api = await startApi();
    admin = await api.person('admin');
    await api.database.role('lead', ['grant:permission', 'assign:role', 'manage:role', 'read:order']);
    await api.database.role('lead-plus', ['grant:permission', 'assign:role', 'manage:role', 'read:order', 'read:user']);
  });
  afterAll(() => api.close());

  const grant = (by: Person, to: Person, permission: string) =>
    api.post(`/api/users/${to.id}/permissions`, { token: by.token, body: { permission } });
  const setRole = (by: Person, of: Person, role: string) =>
    api.put(`/api/users/${of.id}/role`, { token: by.token, body: { role } });
  const permissionsOf = async ({ token }: Person): Promise<string[]> =>
    (await api.get('/api/auth/session', { token })).body.data.permissions;

  it('S34 is no grant to oneself, which would outlive a demotion: refused to a lead and an admin alike', async () => {
    const lead = await api.person('lead');
    for (const person of [lead, await api.person('admin')]) {
      const refused = await grant(person, person, 'read:order');
      expect([refused.status, refused.body.code]).toEqual([403, 'OWN_GRANT']);
    }
    await setRole(admin, lead, 'customer');
    expect(await permissionsOf(lead)).toEqual([]);
  });

  it('S34 is no role for oneself that turns a grant into something lasting', async () => {
    const lead = await api.person('lead');
    await grant(admin, lead, 'read:user');
    const refused = await setRole(lead, lead, 'lead-plus');
    expect([refused.status, refused.body.required]).toEqual([403, { permissions: { allOf: ['read:user'] } }]);
    expect((await setRole(lead, await api.person(), 'lead-plus')).status).toBe(200);
    expect((await setRole(lead, lead, 'customer')).status).toBe(200);
    expect(await permissionsOf(lead)).toEqual(['read:user']);
  });

  it('S34 is none that a demoted person still has, and what they gave rightly before stays', async () => {
    const [lead, friend] = [await api.person('lead'), await api.person()];
    expect((await grant(lead, friend, 'read:order')).status).toBe(201);
    await setRole(admin, lead, 'customer');
    for (const answer of [
      await grant(lead, friend, 'read:order'),
      await setRole(lead, friend, 'lead'),
      await setRole(lead, lead, 'lead'),
      await api.delete(`/api/users/${friend.id}/permissions/read:order`, { token: lead.token }),
    ]) {
      expect(answer.status).toBe(403);
    }
    expect(await permissionsOf(friend)).toEqual(['read:order']);
    expect((await api.get(`/api/users/${friend.id}/permissions`, { token: admin.token })).body.data).toMatchObject([
      { permission: 'read:order', grantedBy: lead.id },
    ]);
  });

  it('S34 is not the last admin, whoever asks', async () => {
    await api.database.query("UPDATE users SET role = 'customer' WHERE role = 'admin' AND id <> $1", [admin.id]);
    const refused = await setRole(admin, admin, 'customer');
    expect([refused.status, refused.body.code]).toEqual([409, 'LAST_ADMIN']);
    expect((await api.get('/api/users', { token: admin.token })).status).toBe(200);
  });
});
