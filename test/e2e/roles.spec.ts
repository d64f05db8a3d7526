import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';

describe('roles', () => {
  let api: Api;
  let admin: Person;
  beforeAll(async () => {
    api = await startApi();
    admin = await api.person('admin');
    await api.database.role('assigner', ['assign:role', 'manage:role']);
  });
  afterAll(() => api.close());

  const setRole = (by: Person, of: Person, role: string) =>
    api.put(`/api/users/${of.id}/role`, { token: by.token, body: { role } });
  /** What support holds, to which every feature may add. */
  const ofSupport = async (): Promise<string[]> =>
    (await api.get('/api/roles/support', { token: admin.token })).body.data.permissions;
  const mayReadUsers = async ({ id, token }: Person) => (await api.get(`/api/users/${id}`, { token })).status;

  it('change with assign:role, in force on the very next request with the same token, both ways', async () => {
    const person = await api.person();
    expect(await mayReadUsers(person)).toBe(403);
    expect((await setRole(admin, person, 'support')).body.data.role).toBe('support');
    expect(await mayReadUsers(person)).toBe(200);
    expect((await setRole(admin, person, 'customer')).status).toBe(200);
    expect(await mayReadUsers(person)).toBe(403);
    expect((await api.get('/api/auth/session', { token: person.token })).body.data.role).toBe('customer');
  });

  it('are not changed without assign:role', async () => {
    const manager = await api.person('manager');
    const answer = await setRole(manager, manager, 'admin');
    expect(answer.status).toBe(403);
    expect(answer.body.required).toEqual({ permissions: { anyOf: ['assign:role'] } });
  });

  it('cannot be one that does not exist, nor that of a user who does not', async () => {
    const person = await api.person();
    expect((await setRole(admin, person, 'wizard')).body.errors[0].field).toBe('role');
    expect((await setRole(admin, person, 'No Role!')).body.errors[0].field).toBe('role');
    const nobody = { ...person, id: '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e' };
    expect((await setRole(admin, nobody, 'support')).status).toBe(404);
  });

  it('are given by nobody who holds less than they do', async () => {
    const assigner = await api.person('assigner');
    const person = await api.person();
    const refused = await setRole(assigner, person, 'support');
    expect(refused.status).toBe(403);
    expect(refused.body.required.permissions.allOf.sort()).toEqual(await ofSupport());
    expect((await setRole(assigner, person, 'admin')).status).toBe(403);
    expect((await setRole(assigner, assigner, 'admin')).status).toBe(403);
    expect((await setRole(assigner, person, 'assigner')).status).toBe(200);
  });

  it('of somebody who holds more are changed by nobody', async () => {
    const assigner = await api.person('assigner');
    expect((await setRole(assigner, await api.person('support'), 'customer')).status).toBe(403);
    const other = await api.person('admin');
    const refused = await setRole(assigner, other, 'customer');
    expect(refused.status).toBe(403);
    expect(refused.body.required).toEqual({ roles: ['admin'] });
    expect((await api.get('/api/users', { token: other.token })).status).toBe(200);
  });

  it('of somebody with a direct grant that the caller lacks are not changed either', async () => {
    const assigner = await api.person('assigner');
    const person = await api.person();
    const grant = { token: admin.token, body: { permission: 'read:order' } };
    await api.post(`/api/users/${person.id}/permissions`, grant);
    const refused = await setRole(assigner, person, 'assigner');
    expect(refused.body.required).toEqual({ permissions: { allOf: ['read:order'] } });
  });

  it('are not given for good by who holds what is in them for a time', async () => {
    const assigner = await api.person('assigner');
    const given = await ofSupport();
    for (const permission of given) {
      const body = { permission, expiresIn: '1h' };
      await api.post(`/api/users/${assigner.id}/permissions`, { token: admin.token, body });
    }
    for (const person of [await api.person(), assigner]) {
      const refused = await setRole(assigner, person, 'support');
      expect(refused.status).toBe(403);
      expect(refused.body.required.permissions.allOf.sort()).toEqual(given);
    }
    await api.post(`/api/users/${assigner.id}/permissions`, {
      token: admin.token,
      body: { permission: 'create:user' },
    });
    const body = { email: 'friend@example.com', name: 'Friend', role: 'support' };
    expect((await api.post('/api/users', { token: assigner.token, body })).status).toBe(403);
    for (const permission of given) {
      await api.post(`/api/users/${assigner.id}/permissions`, { token: admin.token, body: { permission } });
    }
    expect((await setRole(assigner, await api.person(), 'support')).status).toBe(200);
  });

  it('that hold every permission there is still make no admin, and appoint none', async () => {
    const { body } = await api.get('/api/permissions', { token: admin.token });
    const everything = body.data.map(({ name }: { name: string }) => name);
    await api.database.role('almighty', everything);
    const almighty = await api.person('almighty');
    const refused = await setRole(almighty, await api.person(), 'admin');
    expect(refused.status).toBe(403);
    expect(refused.body.required).toEqual({ roles: ['admin'] });
  });

  it('are listed with what each holds, admin with everything', async () => {
    const assigner = await api.person('assigner');
    const answer = await api.get('/api/roles', { token: assigner.token });
    const roles = new Map(
      answer.body.data.map((role: { name: string; permissions: string[] }) => [role.name, role.permissions]),
    );
    expect([...roles.keys()]).toEqual(expect.arrayContaining(['admin', 'auditor', 'customer', 'manager', 'support']));
    expect(roles.get('customer')).toEqual([]);
    expect(roles.get('support')).toEqual(expect.arrayContaining(['read:order', 'read:user', 'revoke:session']));
    const catalogue = await api.get('/api/permissions', { token: assigner.token });
    const names = catalogue.body.data.map(({ name }: { name: string }) => name);
    expect(roles.get('admin')).toEqual(names);
    expect(names).toEqual(expect.arrayContaining(['create:product', 'read:audit', 'assign:role', 'grant:permission']));
    for (const { description } of catalogue.body.data) expect(description).toMatch(/\w/);
  });

  it('and permissions are hidden from those who have nothing to do with them', async () => {
    const { token } = await api.person('manager');
    for (const path of ['/api/roles', '/api/permissions']) {
      const answer = await api.get(path, { token });
      expect(answer.status).toBe(403);
      expect(answer.body.required.permissions.anyOf).toEqual(['manage:role', 'assign:role', 'read:access']);
    }
  });
});
