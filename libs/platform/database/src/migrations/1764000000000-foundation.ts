import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What every later migration stands on: the role whose members may use the tables, and ids that sort by time.
 * A table made by the owner from here on can be read and written by the application without saying so again.
 */
export class Foundation1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DO $$
      DECLARE members name := current_database() || '_application';
      BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = members) THEN
          EXECUTE format('CREATE ROLE %I NOLOGIN', members);
        END IF;
        EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', members);
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', members);
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO %I', members);
      END $$`);
    // RFC 9562, section 6.2, method 3: 48 bits of milliseconds, 12 of the fraction, so that ids made one after the
    // other sort as they were made, and random ones, whose variant bits are version 4's.
    await runner.query(`
      CREATE FUNCTION uuid_v7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
        SELECT encode(
          substring(int8send(micros / 1000) FROM 3)
            || substring(int4send((28672 + (micros % 1000) * 4096 / 1000)::int) FROM 3)
            || substring(uuid_send(gen_random_uuid()) FROM 9),
          'hex')::uuid
        FROM (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS micros) AS now
      $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION uuid_v7()');
    await runner.query(`
      DO $$
      DECLARE members name := current_database() || '_application';
      BEGIN
        -- One by one: DROP OWNED asks for the role's own privileges, which its maker hasn't got since PostgreSQL 16.
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM %I', members);
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM %I', members);
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %I', members);
        EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM %I', members);
        EXECUTE format('REVOKE ALL ON SCHEMA public FROM %I', members);
        EXECUTE format('DROP ROLE %I', members);
      END $$`);
  }
}
