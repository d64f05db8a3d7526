import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi, tokenIn } from '../kit/api.js';
import { placeOrder } from '../kit/order.js';

describe("other people's accounts", () => {
  let api: Api;
  let admin: Person;
  beforeAll(async () => {
    api = await startApi();
    admin = await api.person('admin');
    await api.database.role('clerk', ['read:user', 'update:user', 'delete:user']);
  });
  afterAll(() => api.close());

  const disable = (by: Person, id: string) => api.post(`/api/users/${id}/disable`, { token: by.token });
  const enable = (by: Person, id: string) => api.post(`/api/users/${id}/enable`, { token: by.token });
  const remove = (by: Person, id: string) => api.delete(`/api/users/${id}`, { token: by.token });
  const rename = (by: Person, id: string, body: object) => api.patch(`/api/users/${id}`, { token: by.token, body });
  const signIn = ({ email, password }: Person) => api.post('/api/auth/login', { body: { email, password } });

  it('are renamed with update:user, and nothing else of them is changed that way', async () => {
    const clerk = await api.person('clerk');
    const { id, email } = await api.person();
    expect((await rename(clerk, id, { name: ' Ada ' })).body.data).toMatchObject({ id, name: 'Ada', email });
    for (const field of ['email', 'role', 'disabledAt', 'passwordHash', 'id']) {
      const refused = await rename(clerk, id, { [field]: 'thief@evil.example' });
      expect([field, refused.status]).toEqual([field, 400]);
    }
    expect((await rename(clerk, id, {})).body.data).toMatchObject({ id, name: 'Ada', email, role: 'customer' });
    const customer = await api.person();
    const refused = await rename(customer, id, { name: 'X' });
    expect([refused.status, refused.body.required]).toEqual([403, { permissions: { anyOf: ['update:user'] } }]);
  });

  it('are disabled and enabled with update:user, each of which may be said twice', async () => {
    const clerk = await api.person('clerk');
    const person = await api.person();
    const first = await disable(clerk, person.id);
    expect([first.status, first.body.data.id]).toEqual([200, person.id]);
    expect(first.body.data.disabledAt).toMatch(/^20/);
    expect((await disable(clerk, person.id)).body.data.disabledAt).toBe(first.body.data.disabledAt);
    expect((await signIn(person)).status).toBe(401);
    for (const _ of [1, 2]) expect((await enable(clerk, person.id)).body.data.disabledAt).toBeNull();
    expect((await signIn(person)).status).toBe(200);
  });

  it('are not touched by who lacks the permission, and an unknown one is 404', async () => {
    const support = await api.person('support');
    const { id } = await api.person();
    for (const [answer, permission] of [
      [await disable(support, id), 'update:user'],
      [await enable(support, id), 'update:user'],
      [await remove(support, id), 'delete:user'],
    ] as const) {
      expect([answer.status, answer.body.required]).toEqual([403, { permissions: { anyOf: [permission] } }]);
    }
    const nobody = '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e';
    for (const act of [disable, enable, remove]) expect((await act(admin, nobody)).status).toBe(404);
    expect((await rename(admin, nobody, { name: 'X' })).status).toBe(404);
    expect((await disable(admin, 'me')).body.errors[0].field).toBe('id');
  });

  it("aren't one's own: nobody disables or deletes themselves by a slip", async () => {
    const clerk = await api.person('clerk');
    for (const act of [disable, remove]) {
      const answer = await act(clerk, clerk.id);
      expect([answer.status, answer.body.code]).toEqual([409, 'CONFLICT']);
    }
    expect((await api.get('/api/users/me', { token: clerk.token })).status).toBe(200);
  });

  it('keep no invitation or forgotten password alive when they are disabled', async () => {
    const person = await api.person();
    await api.post('/api/auth/password/forgot', { body: { email: person.email } });
    const token = tokenIn(await api.mailTo(person.email, 'Choose a new password'));
    await disable(admin, person.id);
    await enable(admin, person.id);
    const reset = await api.post('/api/auth/password/reset', { body: { token, password: 'the password of a thief' } });
    expect([reset.status, reset.body.code]).toEqual([400, 'TOKEN_NOT_USABLE']);
    expect((await signIn(person)).status).toBe(200);
  });

  it('leave the trail who disabled, enabled and deleted whom', async () => {
    const { id } = await api.person();
    await disable(admin, id);
    await enable(admin, id);
    await remove(admin, id);
    const trail = (await api.get(`/api/audit/user/${id}`, { token: admin.token })).body.data;
    expect(trail.map(({ action }: { action: string }) => action)).toEqual([
      ...['user.updated', 'user.updated', 'user.updated', 'user.created'],
    ]);
    const [deleted, enabled, disabled] = trail;
    expect(Object.keys(deleted.changes)).toEqual(expect.arrayContaining(['deleted_at', 'disabled_at', 'email']));
    expect(deleted.changes.email).toEqual(['[redacted]', '[redacted]']);
    expect(enabled.changes).toEqual({ disabled_at: [expect.any(String), null] });
    expect(disabled).toMatchObject({ actorId: admin.id, changes: { disabled_at: [null, expect.any(String)] } });
  });
});

describe('a deleted account', () => {
  let api: Api;
  let admin: Person;
  beforeAll(async () => {
    api = await startApi();
    admin = await api.person('admin');
  });
  afterAll(() => api.close());

  const signIn = ({ email, password }: Person) => api.post('/api/auth/login', { body: { email, password } });
  const remove = ({ id }: Person) => api.delete(`/api/users/${id}`, { token: admin.token });

  it('is told of at the address that it had', async () => {
    const person = await api.person();
    expect((await remove(person)).status).toBe(204);
    expect(await api.mailTo(person.email, 'Your account was deleted')).toContain('was deleted');
  });

  it('is nowhere to be found: neither in the list nor by its id, to change or to delete once more', async () => {
    const person = await api.person();
    await remove(person);
    const token = admin.token;
    for (const answer of [
      await api.get(`/api/users/${person.id}`, { token }),
      await api.patch(`/api/users/${person.id}`, { token, body: { name: 'X' } }),
      await api.put(`/api/users/${person.id}/role`, { token, body: { role: 'support' } }),
      await api.post(`/api/users/${person.id}/enable`, { token }),
      await api.post(`/api/users/${person.id}/disable`, { token }),
      await api.post(`/api/users/${person.id}/permissions`, { token, body: { permission: 'read:user' } }),
      await api.delete(`/api/users/${person.id}`, { token }),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
    }
    const listed = await api.get('/api/users?limit=100', { token });
    expect(listed.text).not.toContain(person.id);
    expect((await api.get('/api/users?q=deleted', { token })).body.data).toEqual([]);
  });

  it('keeps its id for orders and trail, and nothing of the person in any table', async () => {
    const person = await api.person('support');
    await api.patch('/api/users/me', { token: person.token, body: { name: 'Very Private' } });
    await api.post(`/api/users/${person.id}/permissions`, { token: admin.token, body: { permission: 'read:audit' } });
    await api.post('/api/auth/password/forgot', { body: { email: person.email } });
    await api.mailTo(person.email, 'Choose a new password');
    await api.patch('/api/users/me', { token: person.token, body: { email: `next-${person.email}` } });
    for (const statement of [
      `INSERT INTO identities (id, issuer, subject, user_id, email, created_at)
       VALUES ($1, 'https://issuer.example', 'sub', $1, $2, now())`,
      "INSERT INTO second_factors (user_id, secret, created_at) VALUES ($1, 'encrypted', now())",
      "INSERT INTO recovery_codes (user_id, hash) VALUES ($1, decode('00', 'hex'))",
      `INSERT INTO sign_in_challenges (hash, user_id, methods, transport, tries, created_at, expires_at)
       VALUES (decode('00', 'hex'), $1, '{password}', 'bearer', 0, now(), now())`,
    ]) {
      await api.database.query(statement, statement.includes('$2') ? [person.id, person.email] : [person.id]);
    }
    const productId = await api.product();
    const order = await placeOrder(api, person, [{ productId, quantity: 1 }]);
    expect((await remove(person)).status).toBe(204);

    const [row] = await api.database.query('SELECT * FROM users WHERE id = $1', [person.id]);
    expect(row).toMatchObject({ name: 'Deleted user', email: `deleted-${person.id}`, password_hash: null });
    expect(row).toMatchObject({ role: 'customer', deleted_at: expect.any(Date), disabled_at: expect.any(Date) });
    const tables = await api.database.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
    );
    for (const { name } of tables) {
      const [found] = await api.database.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM ${name} t WHERE t::text ILIKE $1 OR t::text ILIKE '%Very Private%'`,
        [`%${person.email}%`],
      );
      expect([name, found?.count]).toEqual([name, 0]);
    }
    // Whatever belongs to a user goes with the account, unless it is said here that it stays.
    const kept = ['orders.user_id', 'grants.granted_by'];
    const owned = await api.database.query<{ table: string; column: string }>(
      `SELECT conrelid::regclass::text AS table, attname AS column FROM pg_constraint
       JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
       WHERE contype = 'f' AND confrelid = 'users'::regclass`,
    );
    expect(owned.length).toBeGreaterThan(6);
    for (const { table, column } of owned.filter((one) => !kept.includes(`${one.table}.${one.column}`))) {
      const rows = await api.database.query(`SELECT FROM ${table} WHERE ${column} = $1`, [person.id]);
      expect([table, column, rows]).toEqual([table, column, []]);
    }
    expect(await api.database.query('SELECT FROM recovery_codes WHERE user_id = $1', [person.id])).toEqual([]);
    const still = await api.get(`/api/orders/${order.body.data.id}`, { token: admin.token });
    expect(still.body.data.userId).toBe(person.id);
    const trail = await api.get(`/api/audit/order/${order.body.data.id}`, { token: admin.token });
    expect(trail.body.data[0].actorId).toBe(person.id);
  });

  it('gives its address free for another account, which has nothing of the old one', async () => {
    const person = await api.person('support');
    await remove(person);
    const { email } = person;
    const password = 'another battery staple';
    await api.post('/api/auth/register', { body: { email, name: 'Somebody new', password } });
    const token = tokenIn(await api.mailTo(email, 'Confirm your e-mail address'));
    expect((await api.post('/api/auth/email/verify', { body: { token, password } })).status).toBe(204);
    expect((await signIn(person)).status).toBe(401);
    const { accessToken } = (await signIn({ ...person, password })).body.data;
    const me = (await api.get('/api/auth/session', { token: accessToken })).body.data;
    expect(me).toMatchObject({ role: 'customer', permissions: [] });
    expect(me.userId).not.toBe(person.id);
  });

  it("cannot be registered again under its pseudonym, which isn't an address", async () => {
    const person = await api.person();
    await remove(person);
    const body = { email: `deleted-${person.id}`, name: 'X', password: 'correct horse battery' };
    expect((await api.post('/api/auth/register', { body })).status).toBe(400);
    expect((await api.post('/api/auth/login', { body })).status).toBe(400);
    const { name: _name, ...login } = body;
    expect((await api.post('/api/auth/login', { body: login })).status).toBe(401);
  });

  it('is deleted by its own user with a recent sign-in, and by nobody else that way', async () => {
    api.clock.hold();
    const person = await api.person();
    api.clock.advance(300_001);
    const stale = await api.delete('/api/users/me', { token: person.token });
    expect([stale.status, stale.body.required]).toEqual([403, { recentSignIn: { maxAgeSeconds: 300 } }]);
    const { accessToken, refreshToken } = (await signIn(person)).body.data;
    expect((await api.delete('/api/users/me', { token: accessToken })).status).toBe(204);
    for (const token of [accessToken, person.token]) {
      expect((await api.get('/api/auth/session', { token })).status).toBe(401);
    }
    expect((await api.post('/api/auth/refresh', { body: { refreshToken } })).status).toBe(401);
    expect((await signIn(person)).status).toBe(401);
    expect((await api.delete('/api/users/me')).status).toBe(401);
  });
});
