import { withoutEntries } from '@gatehouse/platform/audit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';
import { until } from '../kit/until.js';

describe('rows that are loaded past the audit trail', () => {
  let api: Api;
  const clients: pg.Client[] = [];
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(async () => {
    for (const client of clients) await client.end();
    await api.close();
  });

  const connected = async (connectionString: string) => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    clients.push(client);
    return client;
  };
  const entriesOf = (id: string) =>
    api.database.query('SELECT action FROM audit_entries WHERE resource_id = $1 ORDER BY id', [id]);
  const enabled = () =>
    api.database.query(
      "SELECT tgenabled AS now FROM pg_trigger WHERE tgname = 'audited' AND tgrelid = 'products'::regclass",
    );
  const waiting = async () =>
    (
      await api.database.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      )
    ).length > 0;

  it("S51 the application's role can't load any, nor make a run of the seed that would stand for them", async () => {
    const application = await connected(api.database.url);
    const begun = `INSERT INTO seedings VALUES (1, 0, 0, 0, now(), 0, 0, 0, now(), NULL)`;
    await application.query('BEGIN');
    await expect(withoutEntries(application, ['products'], () => Promise.resolve())).rejects.toMatchObject({
      code: '42501',
    });
    await application.query('ROLLBACK');
    for (const statement of [begun, 'UPDATE seedings SET users = 0', 'DELETE FROM seedings', 'TRUNCATE seedings']) {
      await expect(application.query(statement), statement).rejects.toMatchObject({ code: '42501' });
    }
    for (const setting of ["session_replication_role = 'replica'", "gatehouse.context = 'unaudited'"]) {
      await application.query(`SET ${setting}`).catch(() => undefined);
    }
    await application.query('RESET ALL');
    const id = await api.product();
    await application.query("UPDATE products SET name = 'Sneaky' WHERE id = $1", [id]);
    expect(await entriesOf(id)).toEqual([{ action: 'product.created' }, { action: 'product.updated' }]);
  });

  it("S51 nobody else's change slips by meanwhile: it waits, and has its entry", async () => {
    const id = await api.product();
    const manager = await api.person('manager');
    const owner = await connected(api.database.ownerUrl);
    await owner.query('BEGIN');
    let changed: Promise<{ status: number }> | undefined;
    await withoutEntries(owner, ['stock', 'products'], async () => {
      await owner.query("UPDATE products SET name = 'Loaded' WHERE id = $1", [id]);
      changed = api.patch(`/api/products/${id}`, {
        headers: { 'if-match': '*' },
        token: manager.token,
        body: { name: 'Changed' },
      });
      await until('the change waits for the load', waiting);
      expect((await api.get(`/api/products/${id}`)).body.data.name).toBe('Lantern');
    });
    await owner.query('COMMIT');
    expect((await changed)?.status).toBe(200);
    expect(await entriesOf(id)).toEqual([{ action: 'product.created' }, { action: 'product.updated' }]);
    expect(await enabled()).toEqual([{ now: 'O' }]);
  });

  it('S51 a load that fails or dies leaves no trigger off', async () => {
    const owner = await connected(api.database.ownerUrl);
    await owner.query('BEGIN');
    await expect(withoutEntries(owner, ['products'], () => owner.query('SELECT 1 / 0'))).rejects.toThrow('division');
    await owner.query('ROLLBACK');
    expect(await enabled()).toEqual([{ now: 'O' }]);

    const dying = new pg.Client({ connectionString: api.database.ownerUrl });
    dying.on('error', () => undefined);
    await dying.connect();
    const { rows } = await dying.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await dying.query('BEGIN');
    const died = withoutEntries(dying, ['products'], async () => {
      await api.database.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    });
    await expect(died).rejects.toThrow();
    expect(await enabled()).toEqual([{ now: 'O' }]);
  });
});
