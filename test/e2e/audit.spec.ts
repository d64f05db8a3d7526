import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import type { Json } from '../kit/http-client.js';
import { placeOrder } from '../kit/order.js';

const nobody = '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e';

describe('the audit trail', () => {
  let api: Api;
  let admin: Person;
  beforeAll(async () => {
    api = await startApi();
    admin = await api.person('admin');
  });
  afterAll(() => api.close());

  const trail = async (resource: string, id: string): Promise<Json[]> =>
    (await api.get(`/api/audit/${resource}/${id}`, { token: admin.token })).body.data;
  const sessionOf = ({ token }: Person): string =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sid;
  const as = ({ token }: Person, requestId: string, more: Record<string, string> = {}) => ({
    token,
    headers: { 'x-request-id': requestId, 'user-agent': 'audit-test/1', ...more },
  });

  it('says who did what from where, in which session and request', async () => {
    const { id } = (
      await api.post('/api/products', {
        ...as(admin, 'req-product-1'),
        body: { name: 'Urn', description: '', category: 'garden', price: { amount: 5, currency: 'EUR' }, stock: 1 },
      })
    ).body.data;
    const [entry, ...others] = await trail('product', id);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      action: 'product.created',
      resource: 'product',
      resourceId: id,
      actorId: admin.id,
      process: null,
      sessionId: sessionOf(admin),
      requestId: 'req-product-1',
      address: '127.0.0.1',
      userAgent: 'audit-test/1',
    });
    expect(entry.changes).toMatchObject({ name: [null, 'Urn'], price_amount: [null, 5] });
  });

  it('tells what a product was and became, and nothing when nothing changed', async () => {
    const id = await api.product({ name: 'Before' });
    const change = (body: object) =>
      api.patch(`/api/products/${id}`, { ...as(admin, 'req-product-2', { 'if-match': '*' }), body });
    await change({ name: 'After' });
    await change({ name: 'After' });
    await change({ stock: 3 });
    await api.delete(`/api/products/${id}`, as(admin, 'req-product-3'));
    const [deleted, updated, created, ...others] = await trail('product', id);
    expect(others).toEqual([]);
    expect(updated).toMatchObject({ action: 'product.updated', changes: { name: ['Before', 'After'] } });
    expect(Object.keys(updated.changes)).toEqual(['name']);
    expect(deleted).toMatchObject({ changes: { deleted_at: [null, expect.any(String)] }, requestId: 'req-product-3' });
    expect(created.process).toBe('test');
  });

  it('tells of a user that was made, renamed and given a role, without personal data', async () => {
    const body = { email: 'audited@example.com', name: 'Very Private' };
    const { id } = (await api.post('/api/users', { ...as(admin, 'req-user-1'), body })).body.data;
    await api.put(`/api/users/${id}/role`, { ...as(admin, 'req-user-2'), body: { role: 'support' } });
    const [changed, created, ...others] = await trail('user', id);
    expect(others).toEqual([]);
    expect(created).toMatchObject({ action: 'user.created', actorId: admin.id, requestId: 'req-user-1' });
    for (const column of ['email', 'canonical_email', 'name']) {
      expect(created.changes[column]).toEqual(['[redacted]', '[redacted]']);
    }
    expect(changed).toMatchObject({ action: 'user.updated', changes: { role: ['customer', 'support'] } });
    const person = await api.person();
    await api.patch('/api/users/me', { ...as(person, 'req-user-3'), body: { name: 'Another Name' } });
    const [renamed] = await trail('user', person.id);
    expect(renamed).toMatchObject({ actorId: person.id, changes: { name: ['[redacted]', '[redacted]'] } });
  });

  it('holds no password hash, name or e-mail address anywhere', async () => {
    const person = await api.person();
    await api.post('/api/auth/login', { body: { email: person.email, password: person.password } });
    const rows = await api.database.query<{ text: string }>('SELECT a::text AS text FROM audit_entries a');
    const text = rows.map((row) => row.text).join('\n');
    for (const secret of ['argon2', '@example.com', 'Test customer', 'Very Private', person.password]) {
      expect(text).not.toContain(secret);
    }
  });

  it('tells of a grant that was given, given again and taken back', async () => {
    const person = await api.person();
    const path = `/api/users/${person.id}/permissions`;
    for (const reason of ['first', 'second']) {
      await api.post(path, { ...as(admin, 'req-grant-1'), body: { permission: 'read:order', reason } });
    }
    await api.delete(`${path}/read:order`, as(admin, 'req-grant-2'));
    const entries = await trail('grant', person.id);
    expect(entries.map(({ action }) => action)).toEqual(['grant.deleted', 'grant.updated', 'grant.created']);
    expect(entries[0]).toMatchObject({ actorId: admin.id, requestId: 'req-grant-2' });
    expect(entries[0].changes.permission).toEqual(['read:order', null]);
    expect(entries[1].changes.reason).toEqual(['first', 'second']);
  });

  it('tells of a session that began and how it ended', async () => {
    const person = await api.person();
    await api.post('/api/auth/logout', as(person, 'req-session-1'));
    const [ended, begun, ...others] = await trail('session', sessionOf(person));
    expect(others).toEqual([]);
    expect(begun).toMatchObject({ action: 'session.created', actorId: person.id });
    expect(ended).toMatchObject({ action: 'session.updated', actorId: person.id, requestId: 'req-session-1' });
    expect(ended.changes).toEqual({ ended_at: [null, expect.any(String)], end_reason: [null, 'signed out'] });
  });

  it('tells of a sign-in by whom it was, and of a refresh token that came back', async () => {
    const { id, email, password } = await api.person();
    const { refreshToken, accessToken } = (await api.post('/api/auth/login', { body: { email, password } })).body.data;
    const session = sessionOf({ token: accessToken } as Person);
    await api.post('/api/auth/refresh', { body: { refreshToken } });
    api.clock.advance(11_000);
    await api.post('/api/auth/refresh', { body: { refreshToken } });
    const [ended, begun] = await trail('session', session);
    expect(begun.actorId).toBe(id);
    expect(ended.changes.end_reason).toEqual([null, 'refresh token reused']);
  });

  it('tells of an order that was placed and cancelled', async () => {
    const person = await api.person();
    const productId = await api.product();
    const { id } = (await placeOrder(api, person, [{ productId, quantity: 1 }])).body.data;
    await api.post(`/api/orders/${id}/cancel`, as(person, 'req-order-1'));
    const [cancelled, placed, ...others] = await trail('order', id);
    expect(others).toEqual([]);
    expect(placed).toMatchObject({ action: 'order.created', actorId: person.id });
    expect(cancelled).toMatchObject({
      action: 'order.updated',
      actorId: person.id,
      requestId: 'req-order-1',
      changes: { status: ['pending', 'cancelled'] },
    });
  });

  it('has no entry for what was refused or rolled back', async () => {
    const [before] = await api.database.query('SELECT count(*) FROM audit_entries WHERE details IS NULL');
    const scarce = await api.product({ stock: 0 });
    const person = await api.person();
    const [made] = await api.database.query('SELECT count(*) FROM audit_entries WHERE details IS NULL');
    expect(made).not.toEqual(before);
    expect((await placeOrder(api, person, [{ productId: scarce, quantity: 1 }])).status).toBe(409);
    await api.put(`/api/users/${person.id}/role`, { token: admin.token, body: { role: 'wizard' } });
    await api.put(`/api/users/${admin.id}/role`, { token: admin.token, body: { role: 'customer' } });
    await api.post('/api/users', { token: admin.token, body: { email: person.email, name: 'Twice' } });
    await api.patch(`/api/products/${scarce}`, {
      headers: { 'if-match': '*' },
      token: person.token,
      body: { name: 'Mine' },
    });
    expect((await api.database.query('SELECT count(*) FROM audit_entries WHERE details IS NULL'))[0]).toEqual(made);
  });

  it('is read with read:audit alone, newest first, a page at a time', async () => {
    const id = await api.product({ name: 'Name' });
    for (const name of ['One', 'Two', 'Three']) {
      await api.patch(`/api/products/${id}`, { headers: { 'if-match': '*' }, token: admin.token, body: { name } });
    }
    const auditor = await api.person('auditor');
    const read = (query: string, { token }: Person) => api.get(`/api/audit/product/${id}${query}`, { token });
    const page = await read('?limit=3', auditor);
    expect(page.body.data.map(({ changes }: Json) => changes.name[1])).toEqual(['Three', 'Two', 'One']);
    expect(page.body.pagination).toMatchObject({ total: 4, pages: 2 });
    expect((await read('?limit=3&page=2', auditor)).body.data[0].action).toBe('product.created');
    const refused = await read('', await api.person('manager'));
    expect(refused.body.required).toEqual({ permissions: { anyOf: ['read:audit'] } });
    expect(await trail('product', nobody)).toEqual([]);
  });

  it('refuses a resource or an id that cannot be one', async () => {
    for (const [path, field] of [
      ["pro'duct/1", 'resource'],
      ['Product/1', 'resource'],
      ["product/1'--", 'resourceId'],
      ['product/%00', 'resourceId'],
      [`product/${'x'.repeat(65)}`, 'resourceId'],
    ]) {
      const answer = await api.get(`/api/audit/${path}`, { token: admin.token });
      expect([path, answer.status, answer.body.errors?.[0]?.field]).toEqual([path, 400, field]);
    }
  });
});
