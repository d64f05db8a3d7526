import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi, tokenIn } from '../kit/api.js';

describe('users', () => {
  let api: Api;
  let admin: Person;
  beforeAll(async () => {
    api = await startApi();
    admin = await api.person('admin');
  });
  afterAll(() => api.close());

  it('see and rename themselves, and nothing secret of theirs leaves', async () => {
    const { id, email, token } = await api.person();
    const me = await api.get('/api/users/me', { token });
    expect(me.body.data).toMatchObject({ id, email, name: 'Test customer', role: 'customer', disabledAt: null });
    const renamed = await api.patch('/api/users/me', { token, body: { name: '  Ada Lovelace ' } });
    expect(renamed.body.data.name).toBe('Ada Lovelace');
    expect((await api.get('/api/users/me', { token })).body.data.name).toBe('Ada Lovelace');
    expect(Object.keys(me.body.data).sort()).toEqual(['createdAt', 'disabledAt', 'email', 'id', 'name', 'role']);
  });

  it('cannot change anything else of themselves', async () => {
    const { token } = await api.person();
    for (const field of ['role', 'id', 'permissions', 'emailVerified', 'passwordHash', 'disabledAt']) {
      const answer = await api.patch('/api/users/me', { token, body: { name: 'X', [field]: 'admin' } });
      expect(answer.status).toBe(400);
      expect(answer.body.errors).toEqual([{ field, message: 'is not a field of this request' }]);
    }
    expect((await api.get('/api/users/me', { token })).body.data).toMatchObject({
      name: 'Test customer',
      role: 'customer',
    });
  });

  it('are listed for the role admin only, whoever else may read them', async () => {
    const manager = await api.person('manager');
    const refused = await api.get('/api/users', { token: manager.token });
    expect(refused.status).toBe(403);
    expect(refused.body.required).toEqual({ roles: ['admin'] });
    const listed = await api.get('/api/users?limit=100', { token: admin.token });
    expect(listed.status).toBe(200);
    expect(listed.body.data.map(({ id }: Person) => id)).toContain(manager.id);
    expect(listed.text).not.toMatch(/hash|argon2/i);
  });

  it('are searched and filtered, where % and _ are letters like any other', async () => {
    const { id, token } = await api.person('support');
    await api.patch('/api/users/me', { token, body: { name: '100%_sure' } });
    const found = await api.get(`/api/users?q=${encodeURIComponent('100%_s')}`, { token: admin.token });
    expect(found.body.data.map((user: Person) => user.id)).toEqual([id]);
    const all = await api.get('/api/users?q=%25&role=support&sort=-email', { token: admin.token });
    expect(all.body.data.map((user: Person) => user.id)).toEqual([id]);
    expect((await api.get('/api/users?q=_%25', { token: admin.token })).body.data).toEqual([]);
    const support = await api.get('/api/users?role=support', { token: admin.token });
    expect(support.body.pagination).toMatchObject({ page: 1, limit: 20, total: 1, pages: 1 });
  });

  it('are read one at a time with read:user, a malformed id being 400 and an unknown one 404', async () => {
    const support = await api.person('support');
    const { id, email, token } = await api.person();
    expect((await api.get(`/api/users/${id}`, { token: support.token })).body.data.email).toBe(email);
    expect((await api.get(`/api/users/${id}`, { token })).status).toBe(403);
    expect((await api.get('/api/users/1', { token: support.token })).body.errors[0].field).toBe('id');
    const nobody = '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e';
    expect((await api.get(`/api/users/${nobody}`, { token: support.token })).status).toBe(404);
  });

  it('are made with create:user, and the invitation leads to a sign-in', async () => {
    const body = { email: 'grace@example.com', name: 'Grace' };
    const customer = await api.person();
    const refused = await api.post('/api/users', { token: customer.token, body });
    expect(refused.status).toBe(403);
    expect(refused.body.required).toEqual({ permissions: { anyOf: ['create:user'] } });
    expect(await api.database.query("SELECT FROM users WHERE email = 'grace@example.com'")).toEqual([]);

    const created = await api.post('/api/users', { token: admin.token, body });
    expect(created.status).toBe(201);
    expect(created.body.data).toMatchObject({ email: body.email, role: 'customer' });
    const mail = await api.mailTo(body.email, 'Your account');
    expect(mail).toContain('Hello Grace');
    const password = 'chosen by Grace herself';
    expect((await api.post('/api/auth/login', { body: { email: body.email, password } })).status).toBe(401);
    const chosen = { token: tokenIn(mail), password };
    expect((await api.post('/api/auth/password/reset', { body: chosen })).status).toBe(204);
    expect((await api.post('/api/auth/password/reset', { body: chosen })).status).toBe(400);
    expect((await api.post('/api/auth/login', { body: { email: body.email, password } })).status).toBe(200);
  });

  it('are each sent their invitation, however many are made at once', async () => {
    const emails = Array.from({ length: 20 }, (_, index) => `invited-${index}@example.com`);
    const answers = await Promise.all(
      emails.map((email) => api.post('/api/users', { token: admin.token, body: { email, name: 'Invited' } })),
    );
    expect(answers.map(({ status }) => status)).toEqual(emails.map(() => 201));
    const tokens = await Promise.all(emails.map(async (email) => tokenIn(await api.mailTo(email))));
    expect(new Set(tokens).size).toBe(20);
  });

  it('are not made twice for one address', async () => {
    const { email } = await api.person();
    const again = await api.post('/api/users', { token: admin.token, body: { email: email.toUpperCase(), name: 'X' } });
    expect(again.status).toBe(409);
    expect(again.body.code).toBe('CONFLICT');
  });

  it('are made with another role only by who may assign it', async () => {
    await api.database.role('recruiter', ['create:user']);
    const recruiter = await api.person('recruiter');
    const make = (role: string, token: string) =>
      api.post('/api/users', { token, body: { email: `${role}@new.example`, name: 'New', role } });
    const refused = await make('support', recruiter.token);
    expect(refused.status).toBe(403);
    expect(refused.body.required).toEqual({ permissions: { allOf: ['assign:role'] } });
    expect((await make('support', admin.token)).body.data.role).toBe('support');
    const unknown = await make('wizard', admin.token);
    expect(unknown.status).toBe(400);
    expect(unknown.body.errors).toEqual([{ field: 'role', message: 'is not a role' }]);
    expect(await api.database.query("SELECT FROM users WHERE email = 'wizard@new.example'")).toEqual([]);
  });
});
