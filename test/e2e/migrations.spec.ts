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

/** The constraints and indexes of a schema as PostgreSQL understood them, primary keys aside: nobody names those. */
const rules = `
  SELECT replace(concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)), 'declared.', '') AS line
    FROM pg_constraint WHERE connamespace = $1::regnamespace AND contype IN ('c', 'f', 'u')
  UNION ALL SELECT replace(replace(pg_get_indexdef(indexrelid, 0, true), 'declared.', ''), ' ON ONLY ', ' ON ')
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE relnamespace = $1::regnamespace AND NOT indisprimary
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

  it('make what the entities describe: TypeORM would change nothing', async () => {
    const api = await startApi();
    try {
      const { upQueries } = await api.app.get(DataSource).driver.createSchemaBuilder().log();
      expect(upQueries.map(({ query }) => query)).toEqual([]);
    } finally {
      await api.close();
    }
  });

  it("make constraints and indexes that are the entities' own, which TypeORM compares by little but the name", async () => {
    const api = await startApi();
    const { entityMetadatas, namingStrategy } = api.app.get(DataSource);
    const declared = new DataSource({
      type: 'postgres',
      url: api.database.ownerUrl,
      schema: 'declared',
      entities: entityMetadatas.map(({ target }) => target),
      namingStrategy,
      installExtensions: false,
    });
    try {
      await declared.initialize();
      await declared.query('CREATE SCHEMA declared');
      await declared.synchronize();
      const rulesIn = async (schema: string) =>
        (await api.database.query<{ line: string }>(rules, [schema])).map(({ line }) => line);
      const [described, made] = [await rulesIn('declared'), await rulesIn('public')];
      expect(described.length).toBeGreaterThan(25);
      expect(described.filter((line) => !made.includes(line))).toEqual([]);
    } finally {
      if (declared.isInitialized) await declared.destroy();
      await api.close();
    }
  });
});
