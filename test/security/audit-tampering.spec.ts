import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditKeys, newAuditKeys, type Seal, Sealer, sealAll } from '@gatehouse/platform/audit';
import { Clock } from '@gatehouse/platform/clock';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';
import { start } from '../kit/processes.js';
import { createTestDatabase, type TestDatabase } from '../kit/test-database.js';
import { addEntries, lastSeal, publicKeys, tamper, testKeys, verified, withClient } from '../kit/trail.js';

const seal = ({ url }: TestDatabase, keys = testKeys()) =>
  withClient(url, (client) => sealAll(client, keys, new Clock()));
const kindsOf = async (database: TestDatabase, head?: Seal) =>
  (await verified(database, head)).findings.map(({ kind }) => kind);

describe('S51 a trail whose rows a superuser changed', () => {
  let database: TestDatabase;
  let ids: string[];
  beforeAll(async () => {
    database = await createTestDatabase();
    for (let round = 0; round < 4; round += 1) {
      await addEntries(database, 100);
      await seal(database);
    }
    ids = (await database.query<{ id: string }>('SELECT id FROM audit_entries ORDER BY id')).map(({ id }) => id);
    expect(await verified(database)).toMatchObject({ entries: ids.length, unsealed: 0, findingsTotal: 0 });
  });
  afterAll(() => database.drop());

  const keep = () => tamper(database, 'DROP TABLE IF EXISTS kept', 'CREATE TABLE kept AS TABLE audit_entries');
  const putBack = () => tamper(database, 'DELETE FROM audit_entries', 'INSERT INTO audit_entries SELECT * FROM kept');
  const pick = () => ids[Math.floor(Math.random() * ids.length)] ?? '';

  it('is caught in each of 100 random edits, deletions, insertions and swaps, by the entry', async () => {
    await keep();
    const tries = { edit: 0, delete: 0, insert: 0, swap: 0 };
    const columns = [
      "action = 'x.y'",
      "resource_id = 'other'",
      `changes = '{"a": [1, 2]}'`,
      `details = coalesce(details, '{}') || '{"n": -1}'`,
      "occurred_at = occurred_at + interval '1 microsecond'",
      'actor_id = gen_random_uuid()',
      "address = ''",
      "user_agent = 'x'",
      "process = 'nobody'",
    ];
    for (let round = 0; round < 100; round += 1) {
      const [one, other] = [pick(), pick()];
      const kind = (['edit', 'delete', 'insert', 'swap'] as const)[round % 4] ?? 'edit';
      if (kind === 'swap' && one === other) continue;
      tries[kind] += 1;
      const inserted = `${one.slice(0, 24)}${Math.floor(Math.random() * 2 ** 47)
        .toString(16)
        .padStart(12, '0')}`;
      const what = {
        edit: [`UPDATE audit_entries SET ${columns[round % columns.length]} WHERE id = '${one}'`],
        delete: [`DELETE FROM audit_entries WHERE id = '${one}'`],
        insert: [
          `INSERT INTO audit_entries (id, occurred_at, action, resource, resource_id, changes, process)
          SELECT '${inserted}', occurred_at, action, resource, resource_id, changes, process FROM audit_entries WHERE id = '${one}'`,
        ],
        swap: [
          `CREATE TEMP TABLE pair AS SELECT * FROM audit_entries WHERE id IN ('${one}', '${other}')`,
          `DELETE FROM audit_entries WHERE id IN ('${one}', '${other}')`,
          `UPDATE pair SET id = CASE WHEN id = '${one}' THEN '${other}' ELSE '${one}' END::uuid`,
          'INSERT INTO audit_entries SELECT * FROM pair',
        ],
      }[kind];
      await tamper(database, ...what);
      const expected = {
        edit: [`entry-edited ${one}`],
        delete: [`entry-deleted ${one}`],
        insert: [`entry-inserted ${inserted}`],
        swap: [`entry-edited ${one}`, `entry-edited ${other}`],
      }[kind];
      const { findings } = await verified(database);
      expect(findings.map(({ kind: found, entryId }) => `${found} ${entryId}`).sort(), what.join()).toEqual(
        expected.sort(),
      );
      await putBack();
    }
    expect(tries.edit + tries.delete + tries.insert + tries.swap).toBeGreaterThanOrEqual(98);
    expect((await verified(database)).findingsTotal).toBe(0);
  }, 120_000);

  it('is caught where the edited entry was announced and sealed once more', async () => {
    const id = pick();
    await tamper(database, `UPDATE audit_entries SET resource_id = 'nobody' WHERE id = '${id}'`);
    await tamper(database, `INSERT INTO audit_pending VALUES ('${id}')`);
    await seal(database);
    expect((await verified(database)).findings).toMatchObject([{ kind: 'entry-edited', entryId: id }]);
    await putBack();
    expect((await verified(database)).findings).toMatchObject([{ kind: 'entry-edited', entryId: id }]);
  });
});

describe('S51 a trail whose seals a superuser changed', () => {
  let database: TestDatabase;
  let head: Seal | undefined;
  beforeAll(async () => {
    database = await createTestDatabase();
    for (let round = 0; round < 5; round += 1) {
      await addEntries(database, 20);
      await seal(database);
    }
    head = await lastSeal(database);
    await tamper(
      database,
      ...['audit_entries', 'audit_seals', 'audit_seal_lists'].map(
        (table) => `CREATE TABLE kept_${table} AS TABLE ${table}`,
      ),
    );
  });
  afterAll(() => database.drop());

  const findingsAfter = async (...statements: readonly string[]) => {
    await tamper(database, ...statements);
    const found = await verified(database, head);
    const tables = ['audit_entries', 'audit_seals', 'audit_seal_lists'];
    await tamper(
      database,
      ...tables.flatMap((table) => [`DELETE FROM ${table}`, `INSERT INTO ${table} SELECT * FROM kept_${table}`]),
    );
    return found.findings;
  };

  it('is caught where a seal is gone, by its number', async () => {
    const found = await findingsAfter(
      'DELETE FROM audit_seals WHERE number = 3',
      'DELETE FROM audit_seal_lists WHERE number = 3',
    );
    expect(found[0]).toMatchObject({ kind: 'seal-missing', seal: 3 });
    expect(found.filter(({ kind }) => kind === 'entry-inserted')).toHaveLength(20);
  });

  it('is caught where a seal was rewritten to fit an edited entry', async () => {
    const found = await findingsAfter(
      "UPDATE audit_entries SET resource_id = 'nobody' WHERE id = (SELECT first_id FROM audit_seals WHERE number = 2)",
      "UPDATE audit_seals SET root = sha256('anything') WHERE number = 2",
    );
    expect(found).toContainEqual(expect.objectContaining({ kind: 'seal-altered', seal: 2 }));
  });

  it('is caught where a seal and its successors were made anew with another key', async () => {
    const foreign = AuditKeys.parse(newAuditKeys('test'));
    await tamper(
      database,
      'DELETE FROM audit_seals',
      'DELETE FROM audit_seal_lists',
      'INSERT INTO audit_pending SELECT id FROM audit_entries',
    );
    await seal(database, foreign);
    expect(await findingsAfter()).toContainEqual(expect.objectContaining({ kind: 'seal-altered', seal: 1 }));
    expect(await findingsAfter()).toEqual([]);
  });

  it('is caught where a list was changed, shortened or dropped', async () => {
    expect(
      await findingsAfter(
        'UPDATE audit_seal_lists SET list = set_byte(list, 20, get_byte(list, 20) # 1) WHERE number = 2',
      ),
    ).toContainEqual(expect.objectContaining({ kind: 'list-altered', seal: 2 }));
    expect(
      await findingsAfter('UPDATE audit_seal_lists SET list = substring(list FROM 49) WHERE number = 2'),
    ).toContainEqual(expect.objectContaining({ kind: 'list-altered', seal: 2 }));
    expect(await findingsAfter('DELETE FROM audit_seal_lists WHERE number = 2')).toContainEqual(
      expect.objectContaining({ kind: 'month-missing' }),
    );
  });

  it('is caught where its tail was cut, entries and seals alike, by the seal kept outside', async () => {
    const cut = [
      'DELETE FROM audit_entries WHERE id >= (SELECT first_id FROM audit_seals WHERE number = 4)',
      'DELETE FROM audit_seals WHERE number >= 4',
      'DELETE FROM audit_seal_lists WHERE number >= 4',
    ];
    expect((await findingsAfter(...cut)).map(({ kind }) => kind)).toEqual(['head-missing']);
  });

  it('is caught where an older state was put back and went on from there', async () => {
    await tamper(
      database,
      'DELETE FROM audit_entries WHERE id >= (SELECT first_id FROM audit_seals WHERE number = 5)',
      'DELETE FROM audit_seals WHERE number = 5',
      'DELETE FROM audit_seal_lists WHERE number = 5',
    );
    await addEntries(database, 3);
    await seal(database);
    expect((await findingsAfter()).map(({ kind, seal: number }) => [kind, number])).toEqual([['seal-altered', 5]]);
  });

  it('is caught where a partition was dropped, and by the month', async () => {
    const [{ name, month } = { name: '', month: '' }] = await database.query<{ name: string; month: string }>(
      "SELECT tableoid::regclass::text AS name, to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month FROM audit_entries LIMIT 1",
    );
    await tamper(database, `DROP TABLE ${name}`);
    const { findings } = await verified(database, head);
    expect(findings).toMatchObject([{ kind: 'month-missing', month }]);
  });
});

describe('S51 what is announced and not sealed', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await seal(database);
  });
  afterAll(() => database.drop());

  it('is sealed once it commits, though its id is lower than those that were sealed before', async () => {
    await withClient(database.url, async (late) => {
      await late.query('BEGIN');
      await late.query(`SELECT audit_append('[{"action":"test.late","resource":"thing","resource_id":"late"}]')`);
      await addEntries(database, 10);
      expect((await seal(database)).map(({ entries }) => entries)).toEqual([10]);
      await late.query('COMMIT');
    });
    expect(await verified(database)).toMatchObject({ unsealed: 1, findingsTotal: 0 });
    expect((await seal(database)).map(({ entries }) => entries)).toEqual([1]);
    expect(await verified(database)).toMatchObject({ seals: 3, unsealed: 0, findingsTotal: 0 });
  });

  it('is missed when it is gone', async () => {
    await addEntries(database, 2, 'test.gone');
    const [{ id } = { id: '' }] = await database.query<{ id: string }>(
      "SELECT id FROM audit_entries WHERE action = 'test.gone'",
    );
    await tamper(database, `DELETE FROM audit_entries WHERE id = '${id}'`);
    expect((await verified(database)).findings).toMatchObject([{ kind: 'entry-deleted', entryId: id }]);
    await seal(database);
    expect((await verified(database)).findings).toMatchObject([{ kind: 'entry-deleted', entryId: id }]);
    await tamper(database, `DELETE FROM audit_pending WHERE entry_id = '${id}'`);
  });

  it('is never sealed twice by two who seal at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      await addEntries(database, 300);
      await Promise.all([seal(database), seal(database), seal(database)]);
    }
    await seal(database);
    expect(await verified(database)).toMatchObject({ unsealed: 0, findingsTotal: 0 });
    const [sums] = await database.query(
      'SELECT sum(entries)::int AS sealed, (SELECT count(*)::int FROM audit_entries) AS there FROM audit_seals',
    );
    expect(sums?.['sealed']).toBe(sums?.['there']);
  });
});

describe('S51 a month that is not like the others', () => {
  let database: TestDatabase;
  let folder: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-audit-'));
  });
  afterAll(async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });
  const command = async (...parameters: readonly string[]) => {
    const environment = {
      NODE_ENV: 'development',
      DATABASE_URL: database.url,
      DATABASE_OWNER_URL: database.ownerUrl,
      DATA_DIR: folder,
      ...inject('server').secrets,
    };
    const running = start('cli', ['audit', ...parameters], environment);
    return { code: await running.exit(), output: running.output };
  };
  const inOctober = (count: number) =>
    tamper(
      database,
      `WITH added AS (INSERT INTO audit_entries (id, occurred_at, action, resource, resource_id, changes)
         SELECT (overlay(uuid_v7()::text PLACING left(uuid_floor('2026-10-15')::text, 13) FROM 1))::uuid, '2026-10-15', 'test.old', 'thing', n::text, '{}'
         FROM generate_series(1, ${count}) n RETURNING id)
       INSERT INTO audit_pending SELECT id FROM added`,
    );

  it('is sealed by itself, stops no write without a partition, and gets one that what was written moves to', async () => {
    await inOctober(30);
    await addEntries(database, 10);
    expect((await database.query('SELECT count(*)::int AS n FROM audit_entries_default'))[0]).toEqual({ n: 30 });
    expect((await seal(database)).map(({ month, entries }) => [month, entries])).toContainEqual(['2026-10', 30]);
    const { entries } = await verified(database);
    expect(await verified(database)).toMatchObject({ entries, findingsTotal: 0 });
    await withClient(database.ownerUrl, (client) => client.query("SELECT audit_partition('2026-10-01')"));
    expect((await database.query('SELECT count(*)::int AS n FROM audit_entries_2026_10'))[0]).toEqual({ n: 30 });
    expect(await verified(database)).toMatchObject({ entries, findingsTotal: 0 });
  });

  it('is retired by the owner with a signed record, and dropping it otherwise is a deletion', async () => {
    expect((await command('maintain')).output).toBe('Every month has its partition\n');
    expect((await command('retire', '2026-09')).output).toContain('There is no partition of 2026-09');
    const { code, output } = await command('retire', '2026-10');
    expect([code, output]).toEqual([0, expect.stringContaining('2026-10: 30 entries are dropped')]);
    expect(await database.query("SELECT to_regclass('audit_entries_2026_10') AS there")).toEqual([{ there: null }]);
    await seal(database);
    const found = await verified(database);
    expect(found).toMatchObject({ findingsTotal: 0, unsealed: 0 });
    expect((await command('verify')).code).toBe(0);
    const [entry] = await database.query("SELECT process, details FROM audit_entries WHERE action = 'audit.retired'");
    expect(entry).toMatchObject({ process: 'audit retire', details: { entries: 30 } });

    await tamper(database, "DELETE FROM audit_seals WHERE kind = 'retirement'");
    expect(await kindsOf(database)).toEqual(['seal-missing', 'month-missing']);
  });
});

describe('S51 whoever verifies with the rows and the public keys alone, in another process', () => {
  let api: Api;
  let folder: string;
  const cli = async (parameters: readonly string[], environment: Record<string, string> = {}) => {
    const running = start('cli', ['audit', ...parameters], { DATA_DIR: folder, ...environment });
    return { code: await running.exit(), output: running.output };
  };
  const stored = () => ({
    NODE_ENV: 'development',
    DATABASE_URL: api.database.url,
    AUDIT_HEAD_DIR: api.dataDir,
    ...inject('server').secrets,
  });
  beforeAll(async () => {
    api = await startApi();
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-auditor-'));
    await writeFile(join(folder, 'keys.json'), publicKeys());
    await api.product({ name: 'Größe "M"\n\\ \u2028' });
    await api.person();
    await api.app.get(Sealer).seal();
  });
  afterAll(async () => {
    await api.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('finds an untouched trail to hold, and each edited line of the file by its entry', async () => {
    const rows = join(folder, 'rows.ndjson');
    expect(await cli(['export', rows], stored())).toEqual({ code: 0, output: '' });
    const verify = ['verify', '--rows', rows, '--keys', join(folder, 'keys.json')];
    expect(await cli(verify)).toMatchObject({ code: 0, output: expect.stringContaining('The trail holds') });
    const text = await readFile(rows, 'utf8');
    expect(text).toContain('Größe');
    await writeFile(rows, text.replace('Größe', 'Grösse'));
    const found = await cli(verify);
    expect(found.code).toBe(1);
    expect(found.output).toMatch(/entry-edited: Entry [0-9a-f-]{36} is not what was sealed/);
    await writeFile(rows, text);
    await writeFile(join(folder, 'others.json'), newAuditKeys('test'));
    expect(await cli(['verify', '--rows', rows, '--keys', join(folder, 'others.json')])).toMatchObject({ code: 1 });
  });

  it('checks the proof of one entry, and refuses it about any other', async () => {
    const [{ id } = { id: '' }] = await api.database.query<{ id: string }>(
      "SELECT id FROM audit_entries WHERE action = 'user.created'",
    );
    const proof = await cli(['prove', id], stored());
    expect(proof.code).toBe(0);
    const file = join(folder, 'proof.json');
    await writeFile(file, proof.output);
    const check = ['check', file, '--keys', join(folder, 'keys.json')];
    expect(await cli(check)).toEqual({ code: 0, output: 'The entry was sealed as it stands there\n' });
    await writeFile(file, proof.output.replace('user.created', 'user.deleted'));
    expect(await cli(check)).toMatchObject({
      code: 1,
      output: expect.stringContaining('is not what seal 1 was made over'),
    });
  });

  it('is told by the exit code that a tail was cut, and the sealer does not seal over it', async () => {
    expect(await cli(['verify'], stored())).toMatchObject({
      code: 0,
      output: expect.stringContaining('The trail holds'),
    });
    await tamper(api.database, 'DELETE FROM audit_seals', 'DELETE FROM audit_seal_lists', 'DELETE FROM audit_entries');
    const found = await cli(['verify'], stored());
    expect(found).toMatchObject({ code: 1, output: expect.stringContaining('head-missing: Seal 1') });
    await api.product();
    await api.app.get(Sealer).seal();
    expect(await api.database.query('SELECT FROM audit_seals')).toEqual([]);
  });
});
