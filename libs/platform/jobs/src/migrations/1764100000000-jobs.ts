import PgBoss from 'pg-boss';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const queue = JSON.stringify({ policy: 'short' });

/**
 * The queue library's schema and its two queues, made by the owner: the application's role puts jobs in and takes them
 * out, and can neither make nor change a table. A job is announced as soon as what caused it has committed.
 */
export class Jobs1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // The library's plan brings a transaction of its own, and this one is open already.
    await runner.query(
      PgBoss.getConstructionPlans('pgboss')
        .replace(/^\s*BEGIN;/, '')
        .replace(/COMMIT;\s*$/, ''),
    );
    for (const lane of ['short', 'long']) await runner.query('SELECT pgboss.create_queue($1, $2)', [lane, queue]);
    await runner.query('CREATE INDEX job_by_id ON pgboss.job (id)');
    await runner.query('CREATE INDEX job_by_end ON pgboss.job (completed_on) WHERE completed_on IS NOT NULL');
    await runner.query(`
      CREATE FUNCTION pgboss.announce() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NOTIFY gatehouse_jobs;
        RETURN NULL;
      END $$`);
    await runner.query(`CREATE TRIGGER announce AFTER INSERT ON pgboss.job
      FOR EACH STATEMENT EXECUTE FUNCTION pgboss.announce()`);
    await runner.query(`
      DO $$
      DECLARE members name := current_database() || '_application';
      BEGIN
        EXECUTE format('GRANT USAGE ON SCHEMA pgboss TO %I', members);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pgboss TO %I', members);
      END $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA pgboss CASCADE');
  }
}
