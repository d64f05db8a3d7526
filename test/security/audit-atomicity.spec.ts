import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import { codeAt, enrolled, stepMs } from '../kit/authenticator.js';
import type { Answer } from '../kit/http-client.js';
import { placeOrder } from '../kit/order.js';

/** Makes what the change needs and answers the change itself, which is then tried with and without a fault. */
type Kind = (api: Api, admin: Person) => Promise<() => Promise<Answer>>;

const price = { amount: 5, currency: 'EUR' };
const newProduct = { name: 'Urn', description: '', category: 'garden', price, stock: 1 };

const kinds: Readonly<Record<string, Kind>> = {
  'a product is made':
    async (api, { token }) =>
    async () =>
      api.post('/api/products', { token, body: newProduct }),
  'a product is changed': async (api, { token }) => {
    const id = await api.product();
    return () => api.patch(`/api/products/${id}`, { token, headers: { 'if-match': '*' }, body: { name: 'Changed' } });
  },
  'a product is deleted': async (api, { token }) => {
    const id = await api.product();
    return () => api.delete(`/api/products/${id}`, { token });
  },
  'a user is made': async (api, { token }) => {
    const email = `${uuidv7()}@example.com`;
    return () => api.post('/api/users', { token, body: { email, name: 'Somebody' } });
  },
  'a user renames themselves': async (api) => {
    const { token } = await api.person();
    return () => api.patch('/api/users/me', { token, body: { name: 'Renamed' } });
  },
  'a user is renamed': async (api, { token }) => {
    const { id } = await api.person();
    return () => api.patch(`/api/users/${id}`, { token, body: { name: 'Renamed' } });
  },
  'a user gets a role': async (api, { token }) => {
    const { id } = await api.person();
    return () => api.put(`/api/users/${id}/role`, { token, body: { role: 'support' } });
  },
  'a user is disabled': async (api, { token }) => {
    const { id } = await api.person();
    return () => api.post(`/api/users/${id}/disable`, { token });
  },
  'a user is enabled': async (api, { token }) => {
    const { id } = await api.person();
    await api.post(`/api/users/${id}/disable`, { token });
    return () => api.post(`/api/users/${id}/enable`, { token });
  },
  'a user is deleted': async (api, { token }) => {
    const { id } = await api.person();
    return () => api.delete(`/api/users/${id}`, { token });
  },
  'a permission is granted': async (api, { token }) => {
    const { id } = await api.person();
    return () => api.post(`/api/users/${id}/permissions`, { token, body: { permission: 'read:order' } });
  },
  'a permission is granted anew': async (api, { token }) => {
    const { id } = await api.person();
    const grant = (reason: string) =>
      api.post(`/api/users/${id}/permissions`, { token, body: { permission: 'read:order', reason } });
    await grant('first');
    return () => grant('second');
  },
  'a grant is taken back': async (api, { token }) => {
    const { id } = await api.person();
    await api.post(`/api/users/${id}/permissions`, { token, body: { permission: 'read:order' } });
    return () => api.delete(`/api/users/${id}/permissions/read:order`, { token });
  },
  'a role is made': async (api, { token }) => {
    const name = `role-${uuidv7().slice(-12)}`;
    return () => api.post('/api/roles', { token, body: { name, description: 'x', permissions: ['read:order'] } });
  },
  'a role is given other permissions': async (api, { token }) => {
    const name = `role-${uuidv7().slice(-12)}`;
    await api.post('/api/roles', { token, body: { name, description: 'x', permissions: ['read:order'] } });
    return () => api.patch(`/api/roles/${name}`, { token, body: { permissions: ['read:user'] } });
  },
  'a role is deleted': async (api, { token }) => {
    const name = `role-${uuidv7().slice(-12)}`;
    await api.post('/api/roles', { token, body: { name, description: 'x', permissions: ['read:order'] } });
    return () => api.delete(`/api/roles/${name}`, { token });
  },
  'somebody signs in': async (api) => {
    const { email, password } = await api.person();
    return () => api.post('/api/auth/login', { body: { email, password } });
  },
  'somebody signs out': async (api) => {
    const { token } = await api.person();
    return () => api.post('/api/auth/logout', { token });
  },
  'somebody ends every session': async (api) => {
    const { token } = await api.person();
    return () => api.delete('/api/auth/sessions', { token });
  },
  'a password is changed': async (api) => {
    const { token, password } = await api.person();
    const body = { currentPassword: password, newPassword: 'entirely another phrase' };
    return () => api.post('/api/auth/password/change', { token, body });
  },
  'a second factor is disabled': async (api) => {
    const { token, secret, password } = await enrolled(api);
    const body = { password, code: codeAt(secret, api.clock.milliseconds() + stepMs) };
    return () => api.post('/api/auth/mfa/disable', { token, body });
  },
  'an order is placed': async (api) => {
    const [buyer, productId] = [await api.person(), await api.product()];
    return () => placeOrder(api, buyer, [{ productId, quantity: 1 }]);
  },
  'an order is cancelled': async (api) => {
    const [buyer, productId] = [await api.person(), await api.product()];
    const { id } = (await placeOrder(api, buyer, [{ productId, quantity: 1 }])).body.data;
    return () => api.post(`/api/orders/${id}/cancel`, { token: buyer.token });
  },
};

const audited = ['users', 'roles', 'role_permissions', 'grants', 'sessions', 'second_factors', 'products', 'orders'];

describe.each(Object.entries(kinds))('S50 when %s', (_, prepare) => {
  let act: () => Promise<Answer>;
  beforeAll(async () => {
    act = await prepare(api, admin);
  });

  it.each([
    ['the entry cannot be written', breakEntries],
    ['the change cannot be committed', breakChanges],
  ])('and %s, neither is there', async (__, fault) => {
    const before = await state();
    const mend = await fault();
    try {
      expect((await act()).status).toBe(500);
    } finally {
      await mend();
    }
    expect(await state()).toEqual(before);
  });

  it('and nothing is in the way, both are', async () => {
    const before = await state();
    const answer = await act();
    expect(answer.status, answer.text).toBeLessThan(300);
    const now = await state();
    expect(now.entries).toBeGreaterThan(before.entries);
    expect(now.digest).not.toBe(before.digest);
  });
});

let api: Api;
let admin: Person;
beforeAll(async () => {
  api = await startApi();
  admin = await api.person('admin');
  await api.database.query(`CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'broken'; END $$`);
});
afterAll(() => api.close());

/** Every audited row and how many entries of changes there are; when a session was last seen is no change. */
async function state(): Promise<{ digest: string; entries: number }> {
  const rows = audited.map(
    (table) => `SELECT '${table}' || (to_jsonb(t) - 'last_seen_at')::text AS row FROM ${table} t`,
  );
  const [found] = await api.database.query<{ digest: string; entries: number }>(
    `SELECT md5(string_agg(row, '' ORDER BY row)) AS digest,
       (SELECT count(*)::int FROM audit_entries WHERE details IS NULL) AS entries FROM (${rows.join(' UNION ALL ')}) AS all_rows`,
  );
  if (found === undefined) throw new Error('no state');
  return found;
}

async function breakEntries(): Promise<() => Promise<unknown>> {
  await api.database.query('ALTER TABLE audit_entries ADD CONSTRAINT broken CHECK (details IS NOT NULL) NOT VALID');
  return () => api.database.query('ALTER TABLE audit_entries DROP CONSTRAINT broken');
}

/** At the commit: the change and its entry have both been written by then. */
async function breakChanges(): Promise<() => Promise<unknown>> {
  const each = (statement: (table: string) => string) => api.database.query(audited.map(statement).join(';'));
  await each(
    (table) => `CREATE CONSTRAINT TRIGGER broken AFTER INSERT OR UPDATE OR DELETE ON ${table}
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION broken()`,
  );
  return () => each((table) => `DROP TRIGGER broken ON ${table}`);
}
