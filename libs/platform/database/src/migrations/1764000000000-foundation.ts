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
    // RFC 9562, section 5.7: 48 bits of milliseconds, then version, variant and random bits.
    await runner.query(`
      CREATE FUNCTION uuid_v7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
        SELECT encode(
          set_byte(
            overlay(uuid_send(gen_random_uuid())
              PLACING substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
            6, (get_byte(uuid_send(gen_random_uuid()), 0) & 15) | 112),
          'hex')::uuid
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
