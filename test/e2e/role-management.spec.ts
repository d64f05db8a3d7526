import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import type { Json } from '../kit/http-client.js';

describe('a role', () => {
  let api: Api;
  let admin: Person;
  let keeper: Person;
  beforeAll(async () => {
    api = await startApi();
    await api.database.role('role-keeper', ['manage:role', 'read:order', 'read:user']);
    [admin, keeper] = await Promise.all([api.person('admin'), api.person('role-keeper')]);
  });
  afterAll(() => api.close());

  let made = 0;
  const fresh = () => {
    made += 1;
    return `made-${made}`;
  };
  const create = (body: object, { token } = admin) => api.post('/api/roles', { token, body });
  const make = async (permissions: readonly string[], by = admin) => {
    const name = fresh();
    expect((await create({ name, description: 'For a test', permissions }, by)).status).toBe(201);
    return name;
  };
  const change = (name: string, body: object, { token } = admin) => api.patch(`/api/roles/${name}`, { token, body });
  const remove = (name: string, { token } = admin) => api.delete(`/api/roles/${name}`, { token });
  const held = async (name: string): Promise<string[]> =>
    (await api.get(`/api/roles/${name}`, { token: admin.token })).body.data.permissions;
  const readsUsers = async ({ token }: Person) => (await api.get(`/api/users/${admin.id}`, { token })).status;

  it('is made, read, changed and deleted, and each step is in the trail', async () => {
    const created = await create({
      name: 'helper',
      description: 'Helps out',
      permissions: ['read:user', 'read:order'],
    });
    expect(created.status).toBe(201);
    const role = {
      name: 'helper',
      description: 'Helps out',
      isSystem: false,
      permissions: ['read:order', 'read:user'],
    };
    expect(created.body.data).toEqual(role);
    expect((await api.get('/api/roles/helper', { token: admin.token })).body.data).toEqual(role);
    const changed = await change('helper', { description: 'Helps', permissions: ['read:user', 'update:order'] });
    const after = { ...role, description: 'Helps', permissions: ['read:user', 'update:order'] };
    expect([changed.status, changed.body.data]).toEqual([200, after]);
    expect((await change('helper', {})).body.data).toEqual(after);
    expect((await remove('helper')).status).toBe(204);
    expect((await api.get('/api/roles/helper', { token: admin.token })).status).toBe(404);
    expect(await api.database.query("SELECT FROM role_permissions WHERE role_name = 'helper'")).toEqual([]);

    const trail = await api.database.query<{ action: string; actor_id: string; changes: Json }>(
      "SELECT action, actor_id, changes FROM audit_entries WHERE resource = 'role' AND resource_id = 'helper' ORDER BY id",
    );
    expect(new Set(trail.map(({ actor_id }) => actor_id))).toEqual(new Set([admin.id]));
    const said = trail.map(
      ({ action, changes }) => `${action} ${JSON.stringify(changes.permission ?? changes.description)}`,
    );
    expect(said.slice(0, 3).sort()).toEqual([
      'role.created [null,"Helps out"]',
      'role.created [null,"read:order"]',
      'role.created [null,"read:user"]',
    ]);
    expect(said.slice(3, 6).sort()).toEqual([
      'role.created [null,"update:order"]',
      'role.deleted ["read:order",null]',
      'role.updated ["Helps out","Helps"]',
    ]);
    expect(said.slice(6)).toContain('role.deleted ["Helps",null]');
  });

  it('that is changed is in force on the very next request of everybody who has it, both ways', async () => {
    const name = await make([]);
    const people = await Promise.all([api.person(name), api.person(name)]);
    for (const person of people) expect(await readsUsers(person)).toBe(403);
    await change(name, { permissions: ['read:user'] });
    for (const person of people) expect(await readsUsers(person)).toBe(200);
    await change(name, { permissions: [] });
    for (const person of people) expect(await readsUsers(person)).toBe(403);
  });

  it('is shaped by nobody without manage:role', async () => {
    const assigner = await api.person('support');
    const answers = [
      await create({ name: fresh(), description: 'x', permissions: [] }, assigner),
      await change('support', { permissions: [] }, assigner),
      await remove('support', assigner),
    ];
    for (const { status, body } of answers) {
      expect([status, body.required]).toEqual([403, { permissions: { anyOf: ['manage:role'] } }]);
    }
    expect((await api.get('/api/roles/support', { token: assigner.token })).status).toBe(403);
  });

  it('S34 is given no permission by who lacks it, when it is made or later', async () => {
    const refused = await create(
      { name: fresh(), description: 'x', permissions: ['read:user', 'create:user', 'refund:order'] },
      keeper,
    );
    expect([refused.status, refused.body.required]).toEqual([
      403,
      { permissions: { allOf: ['create:user', 'refund:order'] } },
    ]);
    const name = await make(['read:user'], keeper);
    const more = await change(name, { permissions: ['read:user', 'create:user'] }, keeper);
    expect([more.status, more.body.required]).toEqual([403, { permissions: { allOf: ['create:user'] } }]);
    expect((await change(name, { permissions: ['read:user', 'read:order'] }, keeper)).status).toBe(200);
    expect(await held(name)).toEqual(['read:order', 'read:user']);
  });

  it('S34 that holds more than the caller is neither cut down, renamed in words nor deleted by them', async () => {
    const name = await make(['read:user', 'create:user']);
    for (const answer of [
      await change(name, { permissions: ['read:user'] }, keeper),
      await change(name, { permissions: [] }, keeper),
      await change(name, { description: 'Harmless' }, keeper),
      await remove(name, keeper),
    ]) {
      expect([answer.status, answer.body.required]).toEqual([403, { permissions: { allOf: ['create:user'] } }]);
    }
    expect(await held(name)).toEqual(['create:user', 'read:user']);
  });

  it('S34 is not given for good what its maker holds for a time', async () => {
    const person = await api.person('role-keeper');
    const grant = (expiry: object) =>
      api.post(`/api/users/${person.id}/permissions`, {
        token: admin.token,
        body: { permission: 'create:user', ...expiry },
      });
    await grant({ expiresIn: '1h' });
    const body = { name: fresh(), description: 'x', permissions: ['create:user'] };
    expect((await create(body, person)).status).toBe(403);
    await grant({});
    expect((await create(body, person)).status).toBe(201);
  });

  it('S34 of the caller takes no direct grant of theirs in, which it would outlast', async () => {
    const person = await api.person('role-keeper');
    const body = { permission: 'create:user' };
    await api.post(`/api/users/${person.id}/permissions`, { token: admin.token, body });
    const all = ['manage:role', 'read:order', 'read:user', 'create:user'];
    const refused = await change('role-keeper', { permissions: all }, person);
    expect([refused.status, refused.body.required]).toEqual([403, { permissions: { allOf: ['create:user'] } }]);
    expect((await change('role-keeper', { permissions: all.slice(0, 3) }, person)).status).toBe(200);
  });

  it('S34 admin is neither changed nor deleted, by an admin either, and those the system names are not deleted', async () => {
    for (const body of [{ permissions: [] }, { description: 'Nothing' }, {}]) {
      const answer = await change('admin', body);
      expect([answer.status, answer.body.code]).toEqual([409, 'SYSTEM_ROLE']);
    }
    for (const name of ['admin', 'manager', 'support', 'auditor', 'customer']) {
      const answer = await remove(name);
      expect([answer.status, answer.body.code]).toEqual([409, 'SYSTEM_ROLE']);
    }
    expect((await api.get('/api/users', { token: admin.token })).status).toBe(200);
    expect((await create({ name: 'admin', description: 'x', permissions: [] })).status).toBe(409);
  });

  it('that somebody has is not deleted, a disabled user included', async () => {
    const name = await make([]);
    const person = await api.person(name);
    await api.database.query('UPDATE users SET disabled_at = now() WHERE id = $1', [person.id]);
    const answer = await remove(name);
    expect([answer.status, answer.body.code]).toEqual([409, 'ROLE_IN_USE']);
    await api.database.query("UPDATE users SET role = 'customer' WHERE id = $1", [person.id]);
    expect((await remove(name)).status).toBe(204);
    expect((await remove(name)).status).toBe(404);
  });

  it('is made once under a name, however many ask at the same time', async () => {
    const body = { name: fresh(), description: 'x', permissions: ['read:user'] };
    const answers = await Promise.all(Array.from({ length: 5 }, () => create(body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
  });

  it('with fields that make no sense is 400, naming them, and nothing is made', async () => {
    const before = await api.database.query('SELECT count(*) FROM roles');
    const sound = { name: 'sound', description: 'x', permissions: [] };
    const wrong: [object, string][] = [
      [{ name: 'No Role!' }, 'name'],
      [{ name: 'x' }, 'name'],
      [{ name: 'x'.repeat(41) }, 'name'],
      [{ name: 7 }, 'name'],
      [{ description: '' }, 'description'],
      [{ description: 'x'.repeat(201) }, 'description'],
      [{ description: null }, 'description'],
      [{ permissions: 'read:user' }, 'permissions'],
      [{ permissions: ['read:user', 'read:user'] }, 'permissions'],
      [{ permissions: ['read'] }, 'permissions'],
      [{ permissions: [7] }, 'permissions'],
      [{ permissions: ['*'] }, 'permissions'],
      [{ permissions: ['read:user', 'fly:moon'] }, 'permissions.1'],
      [{ isSystem: true }, 'isSystem'],
    ];
    const name = await make([]);
    for (const [fields, field] of wrong) {
      const answer = await create({ ...sound, ...fields });
      expect([fields, answer.status, answer.body.errors?.[0]?.field]).toEqual([fields, 400, field]);
      const changed = await change(name, fields);
      expect([fields, changed.status, changed.body.errors?.[0]?.field]).toEqual([fields, 400, field]);
    }
    await remove(name);
    expect(await api.database.query('SELECT count(*) FROM roles')).toEqual(before);
    for (const path of ['nobody', '%00', "x'--", 'Admin', '..%2Fadmin', '%F0']) {
      const statuses = [(await change(path, {})).status, (await remove(path)).status];
      for (const status of statuses) expect([path, [400, 404].includes(status)]).toEqual([path, true]);
    }
  });
});
