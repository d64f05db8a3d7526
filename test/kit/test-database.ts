import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { asSuperuser } from './global-setup.js';

export interface TestDatabase {
  readonly name: string;
  /** As the application's lesser role. */
  readonly url: string;
  readonly ownerUrl: string;
  readonly superuserUrl: string;
  /** Runs a statement as superuser, for looking and for tampering. */
  query<Row extends pg.QueryResultRow>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  /** Makes a role that holds exactly these permissions. */
  role(name: string, permissions: readonly string[]): Promise<void>;
  drop(): Promise<void>;
}

/** A migrated database of the test's own. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { superuserUrl, template, ownerUrl, applicationUrl } = inject('server');
  const name = `${template}_${randomBytes(4).toString('hex')}`;
  const owner = new URL(ownerUrl).username;
  await asSuperuser(superuserUrl, [`CREATE DATABASE ${name} TEMPLATE ${template} OWNER ${owner}`]);
  const at = (url: string) => Object.assign(new URL(url), { pathname: `/${name}` }).href;
  const pool = new pg.Pool({ connectionString: at(superuserUrl), max: 2 });
  pool.on('error', () => undefined);
  const query = async <Row extends pg.QueryResultRow>(sql: string, parameters: unknown[] = []) =>
    (await pool.query<Row>(sql, parameters)).rows;
  return {
    name,
    url: at(applicationUrl),
    ownerUrl: at(ownerUrl),
    superuserUrl: at(superuserUrl),
    query,
    role: async (role, permissions) => {
      await query("INSERT INTO roles (name, description) VALUES ($1, 'of a test')", [role]);
      await query('INSERT INTO role_permissions SELECT $1, unnest($2::text[])', [role, permissions]);
    },
    drop: async () => {
      await pool.end();
      await asSuperuser(superuserUrl, [`DROP DATABASE ${name} WITH (FORCE)`]);
    },
  };
}
