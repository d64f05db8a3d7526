import { Sealer, SecurityEvents } from '@gatehouse/platform/audit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import type { Json } from '../kit/http-client.js';
import { addEntries, tamper, withClient } from '../kit/trail.js';

describe('the trail as an auditor reads it', () => {
  let api: Api;
  let admin: Person;
  let auditor: Person;
  beforeAll(async () => {
    api = await startApi();
    [admin, auditor] = [await api.person('admin'), await api.person('auditor')];
    await addEntries(api.database, 250);
  });
  afterAll(() => api.close());

  const read = async (query: string) => (await api.get(`/api/audit${query}`, { token: auditor.token })).body;
  const through = async (query: string): Promise<Json[]> => {
    const found: Json[] = [];
    let { data, pagination } = await read(query);
    for (found.push(...data); pagination.nextCursor !== null; found.push(...data)) {
      ({ data, pagination } = await read(`${query}&cursor=${pagination.nextCursor}`));
    }
    return found;
  };

  it('is gone through by cursor, newest first, each entry once, whatever is written meanwhile', async () => {
    const found: Json[] = [];
    let page = await read('?action=test.happened&limit=100');
    expect(page.pagination).toMatchObject({ total: 250, pages: 3, limit: 100 });
    for (;;) {
      found.push(...page.data);
      await addEntries(api.database, 5);
      if (page.pagination.nextCursor === null) break;
      page = await read(`?action=test.happened&limit=100&cursor=${page.pagination.nextCursor}`);
    }
    const ids = found.map(({ id }) => id);
    expect(ids).toHaveLength(250);
    expect(ids).toEqual([...new Set(ids)].sort().reverse());
  });

  it('is filtered by resource, thing, actor, action and time, alone and together', async () => {
    const middle = new Date();
    const id = await api.product();
    await api.patch(`/api/products/${id}`, {
      token: admin.token,
      headers: { 'if-match': '*' },
      body: { name: 'Filtered' },
    });
    const end = new Date(Date.now() + 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await api.patch(`/api/products/${id}`, {
      token: admin.token,
      headers: { 'if-match': '*' },
      body: { name: 'Later' },
    });
    const actions = async (query: string) => (await read(query)).data.map(({ action }: Json) => action);
    expect(await actions(`?resource=product&resourceId=${id}`)).toHaveLength(3);
    expect(await actions(`?actorId=${admin.id}&resource=product`)).toEqual(['product.updated', 'product.updated']);
    const between = `from=${middle.toISOString()}&to=${end.toISOString()}`;
    expect(await actions(`?resourceId=${id}&${between}`)).toEqual(['product.updated', 'product.created']);
    expect(await actions(`?action=product.updated&${between}&actorId=${admin.id}`)).toEqual(['product.updated']);
    expect(await actions(`?resourceId=${id}&to=${middle.toISOString()}`)).toEqual([]);
    expect(await through('?resource=thing&resourceId=thing-7&limit=2')).not.toHaveLength(0);
  });

  it('refuses a filter, a time and a cursor that are none, and a cursor of another list', async () => {
    const { nextCursor } = (await read('?action=test.happened&limit=1')).pagination;
    for (const [query, field] of [
      ['?resource=Product', 'resource'],
      ["?resourceId=1'--", 'resourceId'],
      ['?actorId=me', 'actorId'],
      ['?action=deleted', 'action'],
      ['?from=yesterday', 'from'],
      ['?to=2026-13-01', 'to'],
      ['?to=2026-08-01&to=2026-09-01', 'to'],
      ['?cursor=AAAA', 'cursor'],
      ['?cursor=%00', 'cursor'],
      [`?cursor=${nextCursor}`, 'cursor'],
      [`?action=test.other&cursor=${nextCursor}`, 'cursor'],
      ['?sort=id', 'sort'],
    ]) {
      const answer = await api.get(`/api/audit${query}`, { token: auditor.token });
      expect([query, answer.status, answer.body.errors?.[0]?.field]).toEqual([query, 400, field]);
    }
    expect((await read('?from=0001-01-01T00:00:00Z&limit=1')).data).toHaveLength(1);
    expect((await read('?from=9999-12-31')).data).toEqual([]);
  });

  it('is exported as lines of JSON, oldest first and filtered, which is an entry of its own', async () => {
    const answer = await api.get('/api/audit/export?action=test.happened', { token: auditor.token });
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
    const lines: Json[] = answer.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const [{ count } = { count: 0 }] = await api.database.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM audit_entries WHERE action = 'test.happened'",
    );
    expect(lines).toHaveLength(count);
    expect(lines.map(({ id }) => id)).toEqual(lines.map(({ id }) => id).sort());
    expect(lines[0]).toMatchObject({ action: 'test.happened', details: { text: 'Größe 1' } });
    const rest = await api.get(`/api/audit/export?action=test.happened&after=${lines.at(-3)?.id}`, {
      token: auditor.token,
    });
    expect(rest.text.trimEnd().split('\n')).toHaveLength(2);
    await api.app.get(SecurityEvents).flush();
    const [entry] = (await read('?action=audit.exported&limit=1')).data;
    expect(entry).toMatchObject({ actorId: auditor.id, resource: 'audit', details: { action: 'test.happened' } });
  });

  it('keeps text that looks like another line within its own', async () => {
    const id = await api.product({ name: 'Vase"}\r\n{"action":"forged"}' });
    const { text } = await api.get(`/api/audit/export?resourceId=${id}`, { token: auditor.token });
    expect(text.match(/\n/g)).toHaveLength(1);
    expect(JSON.parse(text).changes.name[1]).toContain('forged');
  });

  it('is verified over the API, which is an entry of its own, and an edit is named', async () => {
    await api.app.get(Sealer).seal();
    await api.product();
    const verify = async (query = '') =>
      (await api.get(`/api/audit/verify${query}`, { token: auditor.token })).body.data;
    expect(await verify()).toMatchObject({ holds: true, findings: [], unsealed: 1 });
    const [{ id, at } = { id: '', at: new Date() }] = await api.database.query<{ id: string; at: Date }>(
      "SELECT id, occurred_at AS at FROM audit_entries WHERE action = 'user.created' LIMIT 1",
    );
    await tamper(api.database, `UPDATE audit_entries SET actor_id = gen_random_uuid() WHERE id = '${id}'`);
    expect(await verify()).toMatchObject({ holds: false, findings: [{ kind: 'entry-edited', entryId: id }] });
    expect(await verify(`?to=${new Date(at.getTime() - 1_000).toISOString()}`)).toMatchObject({ holds: true });
    const around = `?from=${new Date(at.getTime() - 5).toISOString()}&to=${new Date(at.getTime() + 5).toISOString()}`;
    expect(await verify(around)).toMatchObject({ holds: false, findingsTotal: 1 });
    await api.app.get(SecurityEvents).flush();
    expect((await read('?action=audit.verified')).data[0]).toMatchObject({
      actorId: auditor.id,
      details: { holds: false },
    });
  });

  it('is verified by verify:audit alone, and read by read:audit alone', async () => {
    await api.database.role('reader', ['read:audit']);
    await api.database.role('verifier', ['verify:audit']);
    const [reader, verifier] = [await api.person('reader'), await api.person('verifier')];
    const statuses = async ({ token }: Person) =>
      Promise.all(
        ['', '/export', '/verify'].map(async (path) => (await api.get(`/api/audit${path}`, { token })).status),
      );
    expect(await statuses(reader)).toEqual([200, 200, 403]);
    expect(await statuses(verifier)).toEqual([403, 403, 200]);
  });

  it('stays as it is when a user is deleted', async () => {
    const person = await api.person();
    await api.patch('/api/users/me', { token: person.token, body: { name: 'Secretly Named' } });
    const digest = () =>
      api.database.query(
        "SELECT md5(string_agg(a::text, '' ORDER BY id)) AS digest FROM audit_entries a WHERE id < $1",
        [last],
      );
    const [{ last } = { last: '' }] = await api.database.query<{ last: string }>('SELECT uuid_v7() AS last');
    const before = await digest();
    expect((await api.delete(`/api/users/${person.id}`, { token: admin.token })).status).toBe(204);
    expect(await digest()).toEqual(before);
    const entries = await api.database.query<{ text: string }>(
      'SELECT a::text AS text FROM audit_entries a WHERE resource_id = $1',
      [person.id],
    );
    for (const { text } of entries) {
      expect(text).not.toContain(person.email);
      expect(text).not.toContain('Secretly Named');
    }
  });

  it('holds no value of a column that is called a secret, whatever the entity declares (S53)', async () => {
    await withClient(api.database.ownerUrl, async (client) => {
      await client.query(
        'CREATE TABLE safes (id uuid PRIMARY KEY, api_key text, reset_token text, passwords jsonb, colour text)',
      );
      await client.query("SELECT audit_table('safes', 'safe', 'id', '{}', '{}')");
      await client.query(
        `INSERT INTO safes VALUES (uuid_v7(), 'k-secret-1', 't-secret-2', '{"a": "p-secret-3"}', 'red')`,
      );
    });
    const [entry] = (await read('?resource=safe')).data;
    expect(entry.changes.colour).toEqual([null, 'red']);
    expect(JSON.stringify(entry)).not.toContain('secret-');
    expect(entry.changes.api_key).toEqual(['[redacted]', '[redacted]']);
  });
});
