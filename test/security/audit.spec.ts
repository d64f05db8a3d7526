import { auditedEntities } from '@gatehouse/platform/audit';
import { snakeCase } from '@gatehouse/platform/database';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';
import { placeOrder, stockOf } from '../kit/order.js';

describe('tampering with the audit trail', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
    await api.person();
  });
  afterAll(() => api.close());

  const asRole = async (url: string, statement: string): Promise<string | undefined> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return await client.query(statement).then(
        () => undefined,
        (error: pg.DatabaseError) => error.code,
      );
    } finally {
      await client.end();
    }
  };

  it("S51 the application's role changes and removes no entry, and switches no trigger off", async () => {
    const [before] = await api.database.query('SELECT count(*) FROM audit_entries');
    for (const statement of [
      "UPDATE audit_entries SET actor_id = NULL, action = 'nothing'",
      'DELETE FROM audit_entries',
      'TRUNCATE audit_entries',
      'TRUNCATE audit_entries CASCADE',
      'DROP TABLE audit_entries',
      'ALTER TABLE audit_entries DISABLE TRIGGER ALL',
      'ALTER TABLE products DISABLE TRIGGER audited',
      'DROP TRIGGER audited ON products',
      "SET session_replication_role = 'replica'",
      'CREATE OR REPLACE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$',
    ]) {
      expect([statement, await asRole(api.database.url, statement)]).toEqual([statement, '42501']);
    }
    expect((await api.database.query('SELECT count(*) FROM audit_entries'))[0]).toEqual(before);
  });

  it("S51 nor does the owner's by a statement of its own", async () => {
    for (const statement of [
      'UPDATE audit_entries SET actor_id = NULL',
      'DELETE FROM audit_entries',
      'TRUNCATE audit_entries',
    ]) {
      expect([statement, await asRole(api.database.ownerUrl, statement)]).toEqual([statement, '42501']);
    }
  });

  it('S51 a change made past the application is written too, by the database role that made it', async () => {
    const id = await api.product();
    expect(await asRole(api.database.url, `UPDATE products SET name = 'Sneaky' WHERE id = '${id}'`)).toBeUndefined();
    const [entry] = await api.database.query(
      'SELECT process, actor_id, changes FROM audit_entries WHERE resource_id = $1 ORDER BY id DESC LIMIT 1',
      [id],
    );
    expect(entry).toMatchObject({ actor_id: null, changes: { name: ['Lantern', 'Sneaky'] } });
    expect(entry?.['process']).toBe(`database role ${new URL(api.database.url).username}`);
  });

  it('S50 a change whose entry cannot be written is not made either', async () => {
    const manager = await api.person('manager');
    const buyer = await api.person();
    const productId = await api.product();
    await api.database.query('ALTER TABLE audit_entries ADD CONSTRAINT broken CHECK (false) NOT VALID');
    try {
      const changed = await api.patch(`/api/products/${productId}`, {
        headers: { 'if-match': '*' },
        token: manager.token,
        body: { name: 'New' },
      });
      expect(changed.status).toBe(500);
      expect(changed.body).toMatchObject({ code: 'INTERNAL_ERROR' });
      expect(changed.text).not.toMatch(/broken|audit|constraint/i);
      expect((await placeOrder(api, buyer, [{ productId, quantity: 1 }], 'unaudited')).status).toBe(500);
    } finally {
      await api.database.query('ALTER TABLE audit_entries DROP CONSTRAINT broken');
    }
    expect((await api.get(`/api/products/${productId}`)).body.data.name).toBe('Lantern');
    expect(await stockOf(api, productId)).toBe(10);
    expect((await api.get('/api/orders', { token: buyer.token })).body.data).toEqual([]);
    expect((await placeOrder(api, buyer, [{ productId, quantity: 1 }], 'unaudited')).status).toBe(201);
  });

  it('S50 every entity that is said to be audited has the trigger that says the same, and no other table has one', async () => {
    const source = api.app.get(DataSource);
    const list = (names: readonly string[] = []) => `{${names.join(',')}}`;
    const declared = [...auditedEntities()].map(([entity, { resource, id = 'id', redact, ignore }]) => {
      const { tableName, columns } = source.entityMetadatas.find(({ target }) => target === entity) ?? {};
      const known = new Set(columns?.map(({ databaseName }) => databaseName));
      for (const column of [id, ...(redact ?? []), ...(ignore ?? [])]) {
        expect(column).toBe(snakeCase(column));
        expect(known).toContain(column);
      }
      return [tableName, resource, id, list(redact), list(ignore)].join(' ');
    });
    const triggers = await api.database.query<{ name: string; events: number; args: Buffer; enabled: string }>(
      `SELECT tgrelid::regclass::text AS name, tgtype AS events, tgargs AS args, tgenabled AS enabled
       FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE proname = 'audit_row' AND NOT tgisinternal`,
    );
    const existing = triggers.map(({ name, args }) => [name, ...args.toString().split('\0').slice(0, -1)].join(' '));
    expect(existing.sort()).toEqual(declared.sort());
    expect(declared.length).toBeGreaterThanOrEqual(7);
    // Bits of pg_trigger.tgtype: row 1, insert 4, delete 8, update 16; neither before (2) nor truncate (32).
    for (const { events, enabled } of triggers) expect([events, enabled]).toEqual([29, 'O']);
  });
});
