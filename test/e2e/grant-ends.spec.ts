import { GrantEnds } from '@gatehouse/features/roles';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import type { Json } from '../kit/http-client.js';

describe('the end of a grant', () => {
  let api: Api;
  let other: Api;
  let admin: Person;
  let person: Person;
  beforeAll(async () => {
    api = await startApi();
    other = await startApi({ database: api.database });
    for (const { clock } of [api, other]) clock.hold();
    other.clock.advance(api.clock.milliseconds() - other.clock.milliseconds());
  });
  beforeEach(async () => {
    [admin, person] = [await api.person('admin'), await api.person()];
  });
  afterAll(async () => {
    await other.close();
    await api.close();
  });

  const advance = (milliseconds: number) => {
    for (const { clock } of [api, other]) clock.advance(milliseconds);
  };
  const grant = (expiry: object, permission = 'update:product') =>
    api.post(`/api/users/${person.id}/permissions`, { token: admin.token, body: { permission, ...expiry } });
  const revoke = () => api.delete(`/api/users/${person.id}/permissions/update:product`, { token: admin.token });
  const record = (at = api) => at.app.get(GrantEnds, { strict: false }).record();
  const trail = async (): Promise<Json[]> =>
    await api.database.query(
      "SELECT action, actor_id, process, details FROM audit_entries WHERE resource = 'grant' AND resource_id = $1 ORDER BY id",
      [person.id],
    );
  const actions = async () => (await trail()).map(({ action }) => action);

  it('is in the trail once, apart from a revocation, whichever of the processes writes it', async () => {
    const { body } = await grant({ expiresIn: '5m' });
    await Promise.all([record(), record(other)]);
    advance(299_999);
    await Promise.all([record(), record(other)]);
    expect(await actions()).toEqual(['grant.created']);
    advance(1);
    await Promise.all(Array.from({ length: 10 }, (_, turn) => record(turn % 2 === 0 ? api : other)));
    expect(await actions()).toEqual(['grant.created', 'grant.expired']);
    const [, ended] = await trail();
    expect(ended).toMatchObject({ actor_id: null, process: 'end of grants' });
    expect(ended.details).toMatchObject({ id: body.data.id, permission: 'update:product', grantedBy: admin.id });
    expect(new Date(ended.details.expiresAt).toISOString()).toBe(body.data.expiresAt);
  });

  it('is in the trail though the permission was granted anew before anybody looked', async () => {
    await grant({ expiresIn: '1m' });
    advance(60_000);
    await grant({ expiresIn: '1m' });
    expect(await actions()).toEqual(['grant.created', 'grant.expired', 'grant.updated']);
    await record();
    expect(await actions()).toHaveLength(3);
    advance(60_000);
    await record();
    expect(await actions()).toEqual(['grant.created', 'grant.expired', 'grant.updated', 'grant.expired']);
  });

  it('is none of a grant that was revoked or replaced in time, and one that has ended is not revoked', async () => {
    await grant({ expiresIn: '1m' });
    await revoke();
    await grant({ expiresIn: '1m' });
    await grant({});
    advance(60_000);
    await record();
    expect(await actions()).toEqual(['grant.created', 'grant.deleted', 'grant.created', 'grant.updated']);
    await grant({ expiresIn: '1m' });
    advance(60_000);
    expect((await revoke()).status).toBe(404);
    await record();
    expect((await actions()).slice(4)).toEqual(['grant.updated', 'grant.expired']);
  });

  it('of very many grants at once is written for each', async () => {
    await api.database.query(
      `INSERT INTO grants (id, user_id, permission, starts_at, expires_at, granted_by, created_at)
       SELECT uuid_v7(), $1, 'read:n' || n, $2::timestamptz - interval '1 hour', $2, $3, $2 FROM generate_series(1, 2500) n`,
      [person.id, api.clock.now(), admin.id],
    );
    await Promise.all([record(), record(other)]);
    const ended = (await trail()).filter(({ action }) => action === 'grant.expired');
    expect(new Set(ended.map(({ details }) => details.permission)).size).toBe(2_500);
    expect(ended).toHaveLength(2_500);
  });
});
