import { findMigrations, inspectDatabase, migrate, revertLastMigration } from '@gatehouse/platform/database';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { describe, expect, inject, it } from 'vitest';
import { startApi } from '../kit/api.js';
import { asSuperuser } from '../kit/global-setup.js';

/** Everything a migration could leave behind, in a form that two databases can be compared by. */
const shape = `
  SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') AS line
    FROM information_schema.columns WHERE table_schema = 'public'
  UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
  ORDER BY line`;

describe('migrations', () => {
  it('are each taken back and made again, leaving nothing and then the same behind', async () => {
    const { superuserUrl, template, ownerUrl } = inject('server');
    const name = `${template}_migrated`;
    const at = (url: string) => Object.assign(new URL(url), { pathname: `/${name}` }).href;
    const [owner, application] = [at(ownerUrl), at(inject('server').applicationUrl)];
    await asSuperuser(superuserUrl, [`CREATE DATABASE ${name} OWNER ${new URL(ownerUrl).username}`]);
    const looking = new pg.Client({ connectionString: at(superuserUrl) });
    await looking.connect();
    const shapeNow = async () => (await looking.query<{ line: string }>(shape)).rows.map(({ line }) => line);
    try {
      const known = await findMigrations();
      expect(await migrate(owner, application)).toHaveLength(known.length);
      expect((await inspectDatabase(application)).pending).toEqual([]);
      const before = await shapeNow();
      for (const _ of known) await revertLastMigration(owner);
      const left = await shapeNow();
      expect(left.filter((line) => !/\bmigrations\b/.test(line))).toEqual([]);
      expect(await migrate(owner, application)).toHaveLength(known.length);
      expect(await shapeNow()).toEqual(before);
      expect(await migrate(owner, application)).toEqual([]);
    } finally {
      await looking.end();
      await asSuperuser(superuserUrl, [
        `DROP DATABASE ${name} WITH (FORCE)`,
        `DROP ROLE IF EXISTS ${name}_application`,
      ]);
    }
  });

  it('make the tables and columns that the entities describe', async () => {
    const api = await startApi();
    try {
      const { upQueries } = await api.app.get(DataSource).driver.createSchemaBuilder().log();
      const statements = upQueries.map(({ query }) => query);
      expect(statements.filter((statement) => !/ (CONSTRAINT|INDEX) /.test(statement))).toEqual([]);
    } finally {
      await api.close();
    }
  });
});
