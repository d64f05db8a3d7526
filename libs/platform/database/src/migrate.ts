import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import pg from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';

type MigrationClass = new () => MigrationInterface;

const libraries = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** Every migration there is: whatever lies in a `migrations` folder of a platform part or a feature. */
export async function findMigrations(): Promise<MigrationClass[]> {
  const found: MigrationClass[] = [];
  for (const layer of ['platform', 'features']) {
    for (const part of await namesIn(join(libraries, layer))) {
      const folder = join(libraries, layer, part, 'src', 'migrations');
      for (const file of (await namesIn(folder)).filter((name) => /(?<!\.d)\.[jt]s$/.test(name))) {
        const module: Record<string, unknown> = await import(pathToFileURL(join(folder, file)).href);
        found.push(...Object.values(module).filter(isMigration));
      }
    }
  }
  return found;
}

/**
 * Brings the database up to date as its owner, one transaction a migration, and lets the application's login role in.
 * Two that run at once wait for each other.
 * @returns names of the migrations that ran.
 */
export async function migrate(ownerUrl: string, applicationUrl: string): Promise<string[]> {
  return withOwner(ownerUrl, async (source) => {
    const ran = await source.runMigrations({ transaction: 'each' });
    await admitApplication(source, new URL(applicationUrl).username);
    return ran.map((migration) => migration.name);
  });
}

/** Takes the newest migration back. */
export async function revertLastMigration(ownerUrl: string): Promise<void> {
  await withOwner(ownerUrl, (source) => source.undoLastMigration({ transaction: 'each' }));
}

/** What a role finds in a database. */
export interface DatabaseState {
  /** Names of the migrations that it lacks. */
  readonly pending: readonly string[];
  /** Whether the role may do as it likes with the tables: it owns them, or is a superuser. */
  readonly ownsTables: boolean;
  /** Whether it may change or remove entries of the audit trail, or switch its triggers off, without owning anything. */
  readonly rewritesTrail: boolean;
}

/** Looks at the database with the eyes of the role in `url`. */
export async function inspectDatabase(url: string): Promise<DatabaseState> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    const known = (await findMigrations()).map((migration) => migration.name);
    const { rows } = await client.query<{ table: string | null; ownsTables: boolean; rewritesTrail: boolean }>(
      `SELECT to_regclass('public.migrations')::text AS "table",
              rolsuper OR EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                                  AND pg_has_role(relowner, 'MEMBER')) AS "ownsTables",
              has_parameter_privilege('session_replication_role', 'SET') OR EXISTS (
                SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                  AND (relname LIKE 'audit\\_entries%' OR relname = 'audit_seals')
                  AND has_table_privilege(oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER')) AS "rewritesTrail"
       FROM pg_roles WHERE rolname = current_user`,
    );
    const [found] = rows;
    const { ownsTables = false, rewritesTrail = false } = found ?? {};
    if (found?.table == null) return { pending: known, ownsTables, rewritesTrail };
    const done = await client.query<{ name: string }>('SELECT name FROM migrations');
    const names = new Set(done.rows.map((row) => row.name));
    return { pending: known.filter((name) => !names.has(name)), ownsTables, rewritesTrail };
  } finally {
    await client.end();
  }
}

// Any number does, as long as nothing else in the database locks the same one.
const migrationLock = 4_283_365_001;

async function withOwner<T>(ownerUrl: string, work: (source: DataSource) => Promise<T>): Promise<T> {
  const source = new DataSource({
    type: 'postgres',
    url: ownerUrl,
    migrations: await findMigrations(),
    migrationsTableName: 'migrations',
    installExtensions: false,
    connectTimeoutMS: 5_000,
  });
  const lock = new pg.Client({ connectionString: ownerUrl, connectionTimeoutMillis: 5_000 });
  await lock.connect();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    await source.initialize();
    return await work(source);
  } finally {
    if (source.isInitialized) await source.destroy();
    await lock.end();
  }
}

async function admitApplication(source: DataSource, role: string): Promise<void> {
  const [row]: { owner: string; members: string }[] = await source.query(
    "SELECT current_user AS owner, current_database() || '_application' AS members",
  );
  if (row === undefined || row.owner === role) return;
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
  await source.query(`GRANT ${quoted(row.members)} TO ${quoted(role)}`);
  await source.query(`GRANT SELECT ON migrations TO ${quoted(row.members)}`);
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.map((entry) => entry.name).sort();
}

function isMigration(value: unknown): value is MigrationClass {
  return typeof value === 'function' && typeof value.prototype?.up === 'function';
}
