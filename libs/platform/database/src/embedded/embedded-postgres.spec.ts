import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { acquireEmbeddedPostgres, EmbeddedPostgresError, removeEmbeddedPostgres } from './index.js';

const folders: string[] = [];

function newFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'gatehouse-embedded-')));
  folders.push(folder);
  return folder;
}

const newDataDir = (): string => join(newFolder(), 'data');

const clusterOf = (dataDir: string): string =>
  resolve(dataDir, String(JSON.parse(readFileSync(join(dataDir, 'postgres.json'), 'utf8')).cluster));

const serverPid = (cluster: string): number | undefined =>
  existsSync(join(cluster, 'postmaster.pid'))
    ? Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0])
    : undefined;

async function query(url: string, sql: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

afterEach(async () => {
  for (const folder of folders.splice(0)) {
    await removeEmbeddedPostgres({ dataDir: join(folder, 'data') });
    rmSync(folder, { recursive: true, force: true });
  }
});

describe('the embedded PostgreSQL', { timeout: 60_000 }, () => {
  it('makes a private cluster with roles of no more rights than they need', async () => {
    const dataDir = newDataDir();
    const postgres = await acquireEmbeddedPostgres({ dataDir });
    expect(postgres.startedHere).toBe(true);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dataDir, 'postgres.json')).mode & 0o777).toBe(0o600);
    expect(statSync(clusterOf(dataDir)).mode & 0o777).toBe(0o700);

    const roles = await query(
      postgres.superuserUrl,
      `SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolinherit, rolcanlogin
         FROM pg_roles WHERE rolname LIKE 'gatehouse%' ORDER BY 1`,
    );
    expect(roles).toEqual([
      ['gatehouse_app', false, false, false, false, true, true],
      ['gatehouse_owner', false, true, false, false, true, true],
    ]);
    const settings = `SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings WHERE name IN
      ('listen_addresses', 'unix_socket_directories', 'fsync', 'TimeZone', 'server_encoding', 'max_connections')`;
    expect(await query(postgres.superuserUrl, settings)).toEqual([
      [
        'TimeZone=UTC fsync=on listen_addresses=127.0.0.1 max_connections=100 server_encoding=UTF8 unix_socket_directories=',
      ],
    ]);
    const method = 'SELECT DISTINCT auth_method FROM pg_hba_file_rules';
    expect(await query(postgres.superuserUrl, method)).toEqual([['scram-sha-256']]);
    await expect(query(postgres.ownerUrl.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow('password');
    await postgres.release();
  });

  it.each(['gatehouse', 'another "one"'])(
    'gives database %s to the owner and the application its use',
    async (name) => {
      const postgres = await acquireEmbeddedPostgres({ dataDir: newDataDir() });
      const { ownerUrl, applicationUrl } = name === 'gatehouse' ? postgres : await postgres.createDatabase(name);
      expect(await query(ownerUrl, 'SELECT current_database(), current_user')).toEqual([[name, 'gatehouse_owner']]);
      await query(ownerUrl, 'CREATE TABLE item (id int); CREATE ROLE readers; GRANT SELECT ON item TO readers');
      await expect(query(applicationUrl, 'SELECT * FROM item')).rejects.toThrow('permission denied for table item');
      await query(ownerUrl, 'GRANT readers TO gatehouse_app');
      expect(await query(applicationUrl, 'SELECT * FROM item')).toEqual([]);
      await expect(query(applicationUrl, 'CREATE TABLE mine (id int)')).rejects.toThrow('permission denied for schema');
      const acl = await query(
        ownerUrl,
        `SELECT pg_get_userbyid(nspowner), has_schema_privilege('readers', oid, 'USAGE'),
              has_database_privilege('readers', current_database(), 'CONNECT') FROM pg_namespace WHERE nspname = 'public'`,
      );
      expect(acl).toEqual([['gatehouse_owner', false, false]]);
      if (name !== 'gatehouse') {
        await expect(postgres.createDatabase(name)).rejects.toThrow('already exists');
        await postgres.dropDatabase(name);
        await expect(query(ownerUrl, 'SELECT 1')).rejects.toThrow('does not exist');
        await postgres.dropDatabase(name);
      }
      await postgres.release();
    },
  );

  it('is shared, and stopped by the last to release it', async () => {
    const dataDir = newDataDir();
    const first = await acquireEmbeddedPostgres({ dataDir });
    const second = await acquireEmbeddedPostgres({ dataDir });
    expect([second.startedHere, second.ownerUrl]).toEqual([false, first.ownerUrl]);
    await first.release();
    await first.release();
    await expect(first.createDatabase('late')).rejects.toThrow(EmbeddedPostgresError);
    expect(await query(second.applicationUrl, 'SELECT 1')).toEqual([[1]]);
    await second.release();
    expect(serverPid(clusterOf(dataDir))).toBeUndefined();
    await expect(query(second.applicationUrl, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');

    const again = await acquireEmbeddedPostgres({ dataDir });
    expect([again.startedHere, again.ownerUrl]).toEqual([true, first.ownerUrl]);
    await again.release();
  });

  it('stays for a client that holds no lease', async () => {
    const dataDir = newDataDir();
    const postgres = await acquireEmbeddedPostgres({ dataDir });
    const client = new pg.Client({ connectionString: postgres.ownerUrl });
    await client.connect();
    await postgres.release();
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  it('is started once by acquisitions of the same moment', async () => {
    const dataDir = newDataDir();
    const all = await Promise.all(Array.from({ length: 5 }, () => acquireEmbeddedPostgres({ dataDir })));
    expect(all.filter(({ startedHere }) => startedHere)).toHaveLength(1);
    await Promise.all(all.map((postgres) => postgres.release()));
    expect(serverPid(clusterOf(dataDir))).toBeUndefined();
    expect(readdirSync(dataDir).filter((name) => name.includes('.lock') || name.includes('.new'))).toEqual([]);
  });

  it('keeps what it has acknowledged when killed, and takes a strange process for no server', async () => {
    const dataDir = newDataDir();
    const postgres = await acquireEmbeddedPostgres({ dataDir });
    await query(postgres.ownerUrl, 'CREATE TABLE item (id int); INSERT INTO item VALUES (7)');
    const cluster = clusterOf(dataDir);
    const pid = serverPid(cluster) ?? Number.NaN;
    process.kill(pid, 'SIGKILL');
    const again = await acquireEmbeddedPostgres({ dataDir });
    expect(again.startedHere).toBe(true);
    expect(await query(again.ownerUrl, 'SELECT id FROM item')).toEqual([[7]]);
    await postgres.release();
    expect(await query(again.ownerUrl, 'SELECT id FROM item')).toEqual([[7]]);

    const pidFile = readFileSync(join(cluster, 'postmaster.pid'), 'utf8');
    await again.release();
    writeFileSync(join(cluster, 'postmaster.pid'), pidFile.replace(/^\d+/, String(process.pid)));
    const third = await acquireEmbeddedPostgres({ dataDir });
    expect(third.startedHere).toBe(true);
    await third.release();
  });

  it('recovers from interrupted attempts to make it', async () => {
    const dataDir = newDataDir();
    mkdirSync(join(dataDir, 'postgres.new-abc123'), { recursive: true });
    writeFileSync(join(dataDir, 'postgres.json'), '{"half":');
    const postgres = await acquireEmbeddedPostgres({ dataDir });
    expect(existsSync(join(dataDir, 'postgres.new-abc123'))).toBe(false);
    await postgres.release();
  });

  it('starts anew when postgres.json or the cluster is lost, moving aside what lies in the data folder', async () => {
    const dataDir = newDataDir();
    mkdirSync(dataDir);
    const first = await acquireEmbeddedPostgres({ dataDir });
    const cluster = clusterOf(dataDir);
    rmSync(join(dataDir, 'postgres.json'));
    const second = await acquireEmbeddedPostgres({ dataDir });
    expect(second.startedHere).toBe(true);
    expect(await query(second.ownerUrl, 'SELECT current_database()')).toEqual([['gatehouse']]);
    const aside = readdirSync(dataDir).filter((name) => name.startsWith('postgres.without-password-'));
    expect(aside).toHaveLength(cluster === join(dataDir, 'postgres') ? 1 : 0);
    await first.release();
    expect(await query(second.ownerUrl, 'SELECT 1')).toEqual([[1]]);
    await second.release();

    rmSync(cluster, { recursive: true });
    const third = await acquireEmbeddedPostgres({ dataDir });
    expect(third.startedHere).toBe(true);
    await third.release();
  });

  it('is stopped by its release even when the data folder was deleted', async () => {
    const dataDir = newDataDir();
    const postgres = await acquireEmbeddedPostgres({ dataDir });
    const cluster = clusterOf(dataDir);
    const pid = serverPid(cluster) ?? Number.NaN;
    rmSync(dataDir, { recursive: true });
    rmSync(cluster, { recursive: true, force: true });
    await postgres.release();
    await expect.poll(() => existsSync(`/proc/${pid}/cwd`)).toBe(false);
    expect(existsSync(dataDir)).toBe(false);
  });

  it('refuses the cluster of another major version', async () => {
    const dataDir = newDataDir();
    await (await acquireEmbeddedPostgres({ dataDir })).release();
    writeFileSync(join(clusterOf(dataDir), 'PG_VERSION'), '17\n');
    await expect(acquireEmbeddedPostgres({ dataDir })).rejects.toThrow(
      `The database in ${clusterOf(dataDir)} was made by PostgreSQL 17, but PostgreSQL 18 is installed: delete or move that folder`,
    );
  });

  it('says in one line why it can not start, and where the log is', async () => {
    const dataDir = newDataDir();
    await (await acquireEmbeddedPostgres({ dataDir })).release();
    const cluster = clusterOf(dataDir);
    rmSync(join(cluster, 'global', 'pg_control'));
    const failure = await acquireEmbeddedPostgres({ dataDir }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EmbeddedPostgresError);
    expect(String(failure)).toMatch(/^EmbeddedPostgresError: PostgreSQL did not start: [^\n]*pg_control[^\n]*$/);
    expect(String(failure)).toContain(`(log: ${join(cluster, 'server.log')})`);
    await expect(acquireEmbeddedPostgres({ dataDir: '/dev/null/x' })).rejects.toThrow(EmbeddedPostgresError);
  });
});
