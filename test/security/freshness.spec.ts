import { setTimeout as pause } from 'node:timers/promises';
import { Notifications } from '@gatehouse/platform/database';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';

const soon = { timeout: 1_000, interval: 10 };

describe('access taken away on one replica', () => {
  let here: Api;
  let there: Api;
  let admin: Person;
  beforeAll(async () => {
    here = await startApi();
    there = await startApi({ database: here.database });
    admin = await here.person('admin');
  });
  afterAll(async () => {
    await there.close();
    await here.close();
  });

  const reads = async (api: Api, { token }: Person) => (await api.get(`/api/users/${admin.id}`, { token })).status;
  const setRole = (person: Person, role: string) =>
    here.put(`/api/users/${person.id}/role`, { token: admin.token, body: { role } });

  it('S32 is gone on the other within a second: a role', async () => {
    const person = await here.person('support');
    for (let round = 0; round < 5; round += 1) {
      expect(await reads(there, person)).toBe(200);
      expect((await setRole(person, 'customer')).status).toBe(200);
      expect(await reads(here, person)).toBe(403);
      await expect.poll(() => reads(there, person), soon).toBe(403);
      await setRole(person, 'support');
      await expect.poll(() => reads(there, person), soon).toBe(200);
    }
  });

  it('S32 is gone on the other within a second: a grant', async () => {
    const person = await here.person();
    const path = `/api/users/${person.id}/permissions`;
    expect(await reads(there, person)).toBe(403);
    await here.post(path, { token: admin.token, body: { permission: 'read:user' } });
    await expect.poll(() => reads(there, person), soon).toBe(200);
    await here.delete(`${path}/read:user`, { token: admin.token });
    expect(await reads(here, person)).toBe(403);
    await expect.poll(() => reads(there, person), soon).toBe(403);
  });

  it('S32 is gone on the other within a second: a session', async () => {
    const person = await here.person('support');
    expect(await reads(there, person)).toBe(200);
    await here.post('/api/auth/logout', { token: person.token });
    expect(await reads(here, person)).toBe(401);
    await expect.poll(() => reads(there, person), soon).toBe(401);
  });

  it('S32 is gone on the other within a second though the connection that hears changes was just cut', async () => {
    const person = await here.person('support');
    expect(await reads(there, person)).toBe(200);
    await here.database.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'gatehouse-notifications'",
      [here.database.name],
    );
    await setRole(person, 'customer');
    await expect.poll(() => reads(there, person), soon).toBe(403);
  });

  it('a connection given up before takes the one after it with it no more', async () => {
    const notifications = there.app.get(Notifications);
    const current = (): pg.Client | undefined => Reflect.get(notifications, 'client');
    const first = current();
    expect(first).toBeDefined();
    first?.emit('error', new Error('lost'));
    expect(current()).toBeUndefined();
    await expect.poll(current, soon).toBeDefined();
    const second = current();
    first?.emit('error', new Error('lost once more'));
    expect(current()).toBe(second);
  });

  it('S32 stays gone when the connection that hears changes is back', async () => {
    const person = await here.person('support');
    expect(await reads(there, person)).toBe(200);
    await setRole(person, 'customer');
    await expect.poll(() => reads(there, person), soon).toBe(403);
    for (let look = 0; look < 10; look += 1) {
      expect(await reads(there, person)).toBe(403);
      await pause(50);
    }
  });

  it('S32 is gone on the other after a second though the connection that hears changes fell silent', async () => {
    const person = await here.person('support');
    expect(await reads(there, person)).toBe(200);
    const client: pg.Client = Reflect.get(there.app.get(Notifications), 'client');
    vi.spyOn(client, 'query').mockImplementation(() => new Promise(() => undefined));
    client.removeAllListeners('notification');
    await setRole(person, 'customer');
    await expect.poll(() => reads(there, person), { ...soon, timeout: 1_500 }).toBe(403);
  });
});
