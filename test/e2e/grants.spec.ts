import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';

const hour = 3_600_000;

describe('a direct grant', () => {
  let api: Api;
  let admin: Person;
  let product: string;
  beforeAll(async () => {
    api = await startApi();
    api.clock.hold();
    product = await api.product();
    await api.database.role('granter', ['grant:permission']);
  });
  // Each test moves the clock, and access tokens end by it.
  beforeEach(async () => {
    admin = await api.person('admin');
  });
  afterAll(() => api.close());

  const grant = (to: Person, body: object, by = admin) =>
    api.post(`/api/users/${to.id}/permissions`, { token: by.token, body });
  const revoke = (of: Person, permission: string, by = admin) =>
    api.delete(`/api/users/${of.id}/permissions/${permission}`, { token: by.token });
  const update = async ({ token }: Person) =>
    (await api.patch(`/api/products/${product}`, { headers: { 'if-match': '*' }, token, body: { name: 'Lamp' } }))
      .status;
  const inFromNow = (milliseconds: number) => new Date(api.clock.milliseconds() + milliseconds).toISOString();

  it('is in force on the next request with the same token, and so is its revocation', async () => {
    const person = await api.person();
    expect(await update(person)).toBe(403);
    const answer = await grant(person, { permission: 'update:product', reason: 'stands in for Grace' });
    expect(answer.status).toBe(201);
    expect(answer.body.data).toMatchObject({
      permission: 'update:product',
      expiresAt: null,
      reason: 'stands in for Grace',
      grantedBy: admin.id,
    });
    expect(await update(person)).toBe(200);
    const { body } = await api.get('/api/auth/session', { token: person.token });
    expect(body.data.permissions).toEqual(['update:product']);
    expect((await revoke(person, 'update:product')).status).toBe(204);
    expect(await update(person)).toBe(403);
    expect((await revoke(person, 'update:product')).status).toBe(404);
  });

  it('ends to the second with nothing that cleans up', async () => {
    const person = await api.person();
    const { body } = await grant(person, { permission: 'update:product', expiresIn: '5m' });
    const end = new Date(body.data.expiresAt).getTime();
    expect(end - new Date(body.data.startsAt).getTime()).toBe(300_000);
    expect(await update(person)).toBe(200);
    api.clock.advance(end - 1_000 - api.clock.milliseconds());
    expect(await update(person)).toBe(200);
    api.clock.advance(end - api.clock.milliseconds());
    expect(await update(person)).toBe(403);
    expect(await api.database.query('SELECT FROM grants WHERE user_id = $1', [person.id])).toHaveLength(1);
  });

  it('that starts in the future is not in force until then', async () => {
    const person = await api.person();
    const [startsAt, expiresAt] = [inFromNow(60_000), inFromNow(120_000)];
    expect((await grant(person, { permission: 'update:product', startsAt, expiresAt })).status).toBe(201);
    expect(await update(person)).toBe(403);
    api.clock.advance(58_000);
    expect(await update(person)).toBe(403);
    api.clock.advance(2_000);
    expect(await update(person)).toBe(200);
    api.clock.advance(60_000);
    expect(await update(person)).toBe(403);
  });

  it('given again replaces the first', async () => {
    const person = await api.person();
    await grant(person, { permission: 'update:product', reason: 'first' });
    const second = await grant(person, { permission: 'update:product', expiresIn: '1m', reason: 'second' });
    const listed = await api.get(`/api/users/${person.id}/permissions`, { token: admin.token });
    expect(listed.body.data).toEqual([second.body.data]);
    expect(listed.body.data[0].reason).toBe('second');
    api.clock.advance(60_000);
    expect(await update(person)).toBe(403);
  });

  it('of what the granter lacks is refused, and so is taking it away', async () => {
    const granter = await api.person('granter');
    const person = await api.person();
    const refused = await grant(person, { permission: 'update:product' }, granter);
    expect(refused.status).toBe(403);
    expect(refused.body.required).toEqual({ permissions: { allOf: ['update:product'] } });
    expect((await grant(granter, { permission: 'update:product' }, granter)).status).toBe(403);
    await grant(person, { permission: 'update:product' });
    expect((await revoke(person, 'update:product', granter)).status).toBe(403);
    expect(await update(person)).toBe(200);
  });

  it('is refused without grant:permission, even of what one holds oneself', async () => {
    const manager = await api.person('manager');
    const refused = await grant(await api.person(), { permission: 'update:product' }, manager);
    expect(refused.status).toBe(403);
    expect(refused.body.required).toEqual({ permissions: { anyOf: ['grant:permission'] } });
  });

  it("does not outlast the granter's own", async () => {
    const granter = await api.person('granter');
    const person = await api.person();
    const own = await grant(granter, { permission: 'update:product', expiresIn: '5m' });
    const bound = own.body.data.expiresAt;
    for (const body of [{}, { expiresIn: '10m' }, { expiresAt: inFromNow(301_000) }]) {
      const refused = await grant(person, { permission: 'update:product', ...body }, granter);
      expect(refused.status).toBe(400);
      expect(refused.body.errors[0]).toMatchObject({ field: 'expiresAt', message: expect.stringContaining(bound) });
    }
    // Nor is granting it to oneself anew a way to keep it.
    const anew = await grant(granter, { permission: 'update:product', expiresIn: '5m' }, granter);
    expect([anew.status, anew.body.code]).toEqual([403, 'OWN_GRANT']);
    expect((await grant(person, { permission: 'update:product', expiresAt: bound }, granter)).status).toBe(201);
    api.clock.advance(300_000);
    expect((await grant(person, { permission: 'update:product', expiresIn: '1m' }, granter)).status).toBe(403);
  });

  it('that another gave is neither taken nor shortened by who holds the permission for less long', async () => {
    const granter = await api.person('granter');
    const person = await api.person();
    await grant(granter, { permission: 'update:product', expiresIn: '5m' });
    await grant(person, { permission: 'update:product' });
    expect((await grant(person, { permission: 'update:product', expiresIn: '1s' }, granter)).status).toBe(403);
    expect((await revoke(person, 'update:product', granter)).status).toBe(403);
    await grant(granter, { permission: 'update:product' });
    expect((await grant(person, { permission: 'update:product', expiresIn: '1s' }, granter)).status).toBe(201);
  });

  it('that another gave is not taken from who holds more, but what one gave oneself is', async () => {
    const granter = await api.person('granter');
    await grant(granter, { permission: 'update:product' });
    for (const person of [await api.person('support'), await api.person('admin')]) {
      await grant(person, { permission: 'update:product' });
      expect((await grant(person, { permission: 'update:product', expiresIn: '1s' }, granter)).status).toBe(403);
      expect((await revoke(person, 'update:product', granter)).status).toBe(403);
      expect((await revoke(person, 'update:product')).status).toBe(204);
      expect((await grant(person, { permission: 'update:product' }, granter)).status).toBe(201);
      expect((await revoke(person, 'update:product', granter)).status).toBe(204);
    }
  });

  it('of a permission that no feature declares is 400', async () => {
    const person = await api.person();
    for (const permission of ['fly:moon', 'update', '*', 'update:*', '__proto__:x', 7, null]) {
      const answer = await grant(person, { permission });
      expect(answer.status).toBe(400);
      expect(answer.body.errors[0].field).toBe('permission');
    }
  });

  it('with times that make no sense is 400, naming the field', async () => {
    const person = await api.person();
    const wrong: [object, string][] = [
      [{ expiresAt: inFromNow(-1_000) }, 'expiresAt'],
      [{ startsAt: inFromNow(hour), expiresAt: inFromNow(60_000) }, 'expiresAt'],
      [{ expiresAt: inFromNow(hour), expiresIn: '1h' }, 'expiresIn'],
      [{ expiresIn: '0m' }, 'expiresIn'],
      [{ expiresIn: '1e3s' }, 'expiresIn'],
      [{ expiresAt: 'tomorrow' }, 'expiresAt'],
      [{ expiresAt: '2026-02-30T00:00:00Z' }, 'expiresAt'],
      [{ startsAt: 5 }, 'startsAt'],
      [{ startsAt: '2026-W50-1' }, 'startsAt'],
      [{ startsAt: '2126-350' }, 'startsAt'],
      [{ expiresAt: '21260101T000000Z' }, 'expiresAt'],
      [{ expiresAt: '2126-01-01T10:00' }, 'expiresAt'],
      [{ expiresAt: '0001-01-01T00:00:00Z' }, 'expiresAt'],
      [{ expiresAt: '-000001-01-01T00:00:00Z' }, 'expiresAt'],
      [{ expiresAt: '9999-12-31T23:59:59Z' }, 'expiresAt'],
      [{ expiresAt: '+275760-09-13T00:00:00Z' }, 'expiresAt'],
      [{ expiresAt: '275760-09-13T00:00:00Z' }, 'expiresAt'],
      [{ expiresAt: inFromNow(3_654 * 24 * hour) }, 'expiresAt'],
      [{ expiresIn: '3654d' }, 'expiresIn'],
      [{ expiresIn: '999999d' }, 'expiresIn'],
      [{ startsAt: '+275760-09-13T00:00:00Z' }, 'startsAt'],
      [{ startsAt: inFromNow(3_654 * 24 * hour) }, 'startsAt'],
      [{ startsAt: '0001-01-01T00:00:00Z', expiresIn: '1h' }, 'startsAt'],
      [{ startsAt: inFromNow(-61_000) }, 'startsAt'],
      [{ startsAt: inFromNow(-30_000), expiresIn: '30s' }, 'expiresIn'],
      [{ startsAt: inFromNow(3_652 * 24 * hour), expiresIn: '3d' }, 'expiresIn'],
      [{ reason: 'x'.repeat(501) }, 'reason'],
      [{ reason: ' ' }, 'reason'],
      [{ reason: 'line\u0007bell' }, 'reason'],
    ];
    for (const [body, field] of wrong) {
      const answer = await grant(person, { permission: 'update:product', ...body });
      expect([answer.status, answer.body.errors?.[0]?.field]).toEqual([400, field]);
    }
    expect(await api.database.query('SELECT FROM grants WHERE user_id = $1', [person.id])).toEqual([]);
  });

  it('may begin a little before now, for a clock that is behind, and end up to ten years from now', async () => {
    const person = await api.person();
    const body = {
      permission: 'update:product',
      startsAt: inFromNow(-30_000),
      expiresAt: inFromNow(3_650 * 24 * hour),
    };
    expect((await grant(person, body)).status).toBe(201);
    expect(await update(person)).toBe(200);
    expect((await grant(person, { permission: 'update:product', expiresIn: '3650d' })).status).toBe(201);
  });

  it('to nobody is 404, and to a malformed id 400', async () => {
    const person = await api.person();
    const nobody = { ...person, id: '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e' };
    expect((await grant(nobody, { permission: 'update:product' })).status).toBe(404);
    expect((await grant({ ...person, id: 'me' }, { permission: 'update:product' })).status).toBe(400);
    expect((await api.get(`/api/users/${nobody.id}/permissions`, { token: admin.token })).status).toBe(404);
  });

  it('is seen by who may see access, and by nobody else', async () => {
    const auditor = await api.person('auditor');
    const person = await api.person();
    const path = `/api/users/${person.id}/permissions`;
    expect((await api.get(path, { token: auditor.token })).status).toBe(200);
    expect((await api.get(path, { token: person.token })).status).toBe(403);
  });
});
