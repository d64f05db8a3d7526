import { PermissionCatalogue } from '@gatehouse/access';
import { SecurityEvents } from '@gatehouse/platform/audit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import type { Json } from '../kit/http-client.js';
import { statementsOf } from '../kit/statements.js';

describe('who holds a permission', () => {
  let api: Api;
  let admin: Person;
  let auditor: Person;
  beforeAll(async () => {
    api = await startApi();
    admin = await api.person('admin');
    auditor = await api.person('auditor');
  });
  afterAll(() => api.close());

  const holders = (permission: string, query = '') =>
    api.get(`/api/access/holders?permission=${permission}${query}`, { token: auditor.token });
  const found = async (permission: string): Promise<Json[]> => (await holders(permission, '&limit=100')).body.data;
  const grant = async (person: Person, body: object) =>
    (await api.post(`/api/users/${person.id}/permissions`, { token: admin.token, body })).body.data;

  it('is told with what they hold it through, and until when', async () => {
    const [manager, customer] = [await api.person('manager'), await api.person()];
    const { expiresAt } = await grant(customer, { permission: 'refund:order', expiresIn: '1h' });
    const twice = await api.person('manager');
    const end = (await grant(twice, { permission: 'refund:order', expiresIn: '2h' })).expiresAt;
    expect(await found('refund:order')).toEqual([
      { userId: admin.id, email: admin.email, role: 'admin', through: [{ via: 'role', expiresAt: null }], until: null },
      {
        userId: manager.id,
        email: manager.email,
        role: 'manager',
        through: [{ via: 'role', expiresAt: null }],
        until: null,
      },
      {
        userId: customer.id,
        email: customer.email,
        role: 'customer',
        through: [{ via: 'grant', expiresAt }],
        until: expiresAt,
      },
      {
        userId: twice.id,
        email: twice.email,
        role: 'manager',
        through: [
          { via: 'role', expiresAt: null },
          { via: 'grant', expiresAt: end },
        ],
        until: null,
      },
    ]);
  });

  it('counts a grant from its start to its end, and nobody who is disabled', async () => {
    const [person, gone] = [await api.person(), await api.person('support')];
    const startsAt = new Date(api.clock.milliseconds() + 60_000).toISOString();
    await grant(person, { permission: 'revoke:session', startsAt, expiresIn: '60s' });
    const holds = async ({ id }: Person) => (await found('revoke:session')).some(({ userId }) => userId === id);
    expect([await holds(person), await holds(gone)]).toEqual([false, true]);
    api.clock.advance(60_000);
    expect(await holds(person)).toBe(true);
    api.clock.advance(60_000);
    await api.database.query('UPDATE users SET disabled_at = now() WHERE id = $1', [gone.id]);
    expect([await holds(person), await holds(gone)]).toEqual([false, false]);
  });

  it('agrees with what each of them may do, for every permission of the catalogue', async () => {
    const people = await Promise.all(
      ['admin', 'manager', 'support', 'auditor', 'customer'].map((role) => api.person(role)),
    );
    const sessions = await Promise.all(people.map(({ token }) => api.get('/api/auth/session', { token })));
    for (const permission of api.app.get(PermissionCatalogue).names()) {
      const told = new Set((await found(permission)).map(({ userId }) => userId));
      for (const [index, { id }] of people.entries()) {
        const held = sessions[index]?.body.data.permissions.includes(permission);
        expect([permission, index, told.has(id)]).toEqual([permission, index, held]);
      }
    }
  });

  it('is found by indexes: whoever holds nothing is not read, however many they are', async () => {
    await api.database.query(
      `INSERT INTO users SELECT (jsonb_populate_record(u, jsonb_build_object(
         'id', gen_random_uuid(), 'email', n || '@many.example', 'canonical_email', n || '@many.example'))).*
       FROM users u, generate_series(1, 3000) n WHERE u.id = $1`,
      [(await api.person()).id],
    );
    await api.database.query('ANALYZE users');
    const statements = await statementsOf(api, () => holders('read:order'));
    const asked = statements.filter((statement) => statement.includes('holders AS'));
    expect(asked).toHaveLength(2);
    for (const statement of asked) {
      const literals = ["'read:order'", 'now()', "'{admin,manager,support}'", '20', '0'];
      const filled = statement.replaceAll(/\$([1-5])/g, (_, index: string) => literals[Number(index) - 1] ?? '');
      const plan = await api.database.query<Record<string, string>>(`EXPLAIN ${filled}`);
      expect(JSON.stringify(plan)).toContain('users_by_role');
      expect(JSON.stringify(plan)).not.toMatch(/Seq Scan on (users|grants)/);
    }
  });

  it('comes a page at a time', async () => {
    for (let made = 0; made < 5; made += 1) await api.person('auditor');
    const [first, second] = [await holders('read:audit', '&limit=3'), await holders('read:audit', '&limit=3&page=2')];
    expect(first.body.pagination).toMatchObject({ page: 1, limit: 3 });
    expect(first.body.pagination.total).toBeGreaterThanOrEqual(7);
    const ids = [...first.body.data, ...second.body.data].map(({ userId }: Json) => userId);
    expect(new Set(ids).size).toBe(6);
    expect(ids).toEqual([...ids].sort());
  });

  it('is refused for what is no permission, and without read:access', async () => {
    for (const bad of ['', 'fly:moon', 'read', 'read:audit;drop', '%00']) expect((await holders(bad)).status).toBe(400);
    const { token } = await api.person('manager');
    const refused = await api.get('/api/access/holders?permission=read:audit', { token });
    expect(refused.body.required).toEqual({ permissions: { anyOf: ['read:access'] } });
  });

  it('stands in the trail once it was asked', async () => {
    await api.app.get(SecurityEvents).flush();
    await holders('verify:audit');
    await api.app.get(SecurityEvents).flush();
    const { body } = await api.get('/api/audit/permission/verify:audit', { token: admin.token });
    expect(body.data[0]).toMatchObject({ action: 'holders.listed', actorId: auditor.id, details: { count: 1 } });
  });
});
