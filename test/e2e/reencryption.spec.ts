import { randomUUID } from 'node:crypto';
import { type EncryptedColumn, EncryptedColumns, KeyRing, newRing } from '@gatehouse/platform/secrets';
import { Module, type OnModuleInit } from '@nestjs/common';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';
import { start } from '../kit/processes.js';
import { until } from '../kit/until.js';

const column: EncryptedColumn = {
  table: 'lockers',
  key: 'user_id',
  column: 'secret',
  context: (userId) => `locker of ${userId}`,
};

/** A feature with a column of its own, as any may have. */
@Module({})
class LockersModule implements OnModuleInit {
  constructor(private readonly columns: EncryptedColumns) {}

  onModuleInit(): void {
    this.columns.register(column);
  }
}

const [oldKey, newKey] = [newRing('old'), newRing('new_1')];
const rows = 250;

describe('`keys reencrypt`', () => {
  let api: Api;
  let client: pg.Client;
  const oldRing = KeyRing.parse(oldKey);
  beforeAll(async () => {
    // Its jobs would be encrypted with keys that the command of below has not.
    const environment = { ENCRYPTION_KEYS: `${newKey},${oldKey}`, JOBS: 'worker' };
    api = await startApi({ modules: [LockersModule], environment });
    await api.database.query('CREATE TABLE lockers (user_id uuid PRIMARY KEY, secret text)');
    await api.database.query('GRANT SELECT, UPDATE ON lockers TO PUBLIC');
    client = new pg.Client({ connectionString: api.database.superuserUrl });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await api.close();
  });

  let ids: string[];
  beforeEach(async () => {
    ids = Array.from({ length: rows }, () => randomUUID());
    await api.database.query('TRUNCATE lockers');
    await put(ids.map((id) => [id, oldRing.encrypt(`secret of ${id}`, column.context(id))]));
  });

  const put = (entries: (readonly [string, string | null])[]) =>
    api.database.query('INSERT INTO lockers SELECT * FROM unnest($1::uuid[], $2::text[])', [
      entries.map(([id]) => id),
      entries.map(([, secret]) => secret),
    ]);
  /** What became of the lockers: the product has columns of its own. */
  const reencrypt = async () => {
    const columns = await api.app.get(EncryptedColumns).reencrypt();
    return columns.find((one) => one.column === 'lockers.secret');
  };
  const stored = async () => {
    const found = await api.database.query<{ id: string; secret: string | null }>(
      'SELECT user_id AS id, secret FROM lockers',
    );
    return new Map(found.map(({ id, secret }) => [id, secret]));
  };

  it('leaves nothing that the old key is needed for, and every secret what it was', async () => {
    expect(await reencrypt()).toMatchObject({ rows, failures: [] });
    const alone = KeyRing.parse(newKey);
    const now = await stored();
    for (const id of ids) {
      expect(alone.decrypt(now.get(id) ?? '', column.context(id)).toString()).toBe(`secret of ${id}`);
    }
    expect(await reencrypt(), 'a second run finds nothing to do').toMatchObject({ rows: 0, failures: [] });
    expect(await stored()).toEqual(now);
  });

  it('takes a key id for what it is, and leaves an empty column empty', async () => {
    const [lookalike, none] = [randomUUID(), randomUUID()];
    const ring = KeyRing.parse(newKey.replace('new_1', 'newX1'));
    await put([
      [lookalike, ring.encrypt('secret', column.context(lookalike))],
      [none, null],
    ]);
    const result = await reencrypt();
    expect(result?.failures).toEqual(['encrypted with the key "newX1", which is not in ENCRYPTION_KEYS']);
    expect((await stored()).get(none)).toBeNull();
  });

  it('goes on past rows that it cannot read, leaves them as they are and says why', async () => {
    const [moved, foreign, plain] = ['00000000', '88888888', 'ffffffff'].map(
      (start) => `${start}${randomUUID().slice(8)}`,
    );
    if (!moved || !foreign || !plain) throw new Error('no ids');
    const broken = new Map([
      [moved, oldRing.encrypt('secret', column.context(foreign))],
      [foreign, KeyRing.parse(newRing('lost')).encrypt('secret', column.context(foreign))],
      [plain, 'JBSWY3DPEHPK3PXP'],
    ]);
    await put([...broken]);
    const result = await reencrypt();
    expect(result?.rows).toBe(rows);
    expect(result?.failures.toSorted()).toEqual([
      'changed, or encrypted for another place or with another key of this id',
      'encrypted with the key "lost", which is not in ENCRYPTION_KEYS',
      'not encrypted',
    ]);
    const now = await stored();
    for (const [id, secret] of broken) expect(now.get(id)).toBe(secret);
  });

  it('does not put back what the service changed or deleted meanwhile', async () => {
    const [changed = '', deleted = ''] = ids.toSorted();
    const fresh = KeyRing.parse(newKey).encrypt('a newer secret', column.context(changed));
    await client.query('BEGIN');
    await client.query('UPDATE lockers SET secret = $2 WHERE user_id = $1', [changed, fresh]);
    await client.query('DELETE FROM lockers WHERE user_id = $1', [deleted]);
    const running = reencrypt();
    await until('it waits for the row', async () => {
      const waiting = await api.database.query(
        "SELECT FROM pg_stat_activity WHERE datname = $1 AND application_name = 'gatehouse' AND wait_event_type = 'Lock'",
        [api.database.name],
      );
      return waiting.length === 1;
    });
    await client.query('COMMIT');
    expect(await running).toMatchObject({ rows: rows - 2, failures: [] });
    const now = await stored();
    expect(now.get(changed)).toBe(fresh);
    expect(now.has(deleted)).toBe(false);
  });

  it('runs as a command, and ends with 0', async () => {
    const command = start('cli', ['keys', 'reencrypt'], {
      NODE_ENV: 'development',
      DATABASE_URL: api.database.url,
      DEMO_DATA: 'false',
      ...inject('server').secrets,
    });
    expect(await command.exit(), command.output).toBe(0);
    expect(command.output).toMatch(/^(Nothing in the database is encrypted|[\w.]+: 0 rows encrypted anew)\n/);
  });
});
