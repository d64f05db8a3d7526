import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The audit trail and the trigger that writes it. A change and its entry commit together because they are one
 * statement; no service has to remember, and bulk statements and raw SQL are caught as well.
 * `audit_table` puts a table under it: select audit_table('products', 'product', 'id', '{}', '{updated_at}').
 */
export class AuditTrail1764000001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_entries (
        id uuid PRIMARY KEY DEFAULT uuid_v7(),
        occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        action text NOT NULL,
        resource text NOT NULL,
        resource_id text NOT NULL,
        changes jsonb NOT NULL,
        actor_id uuid,
        process text,
        session_id uuid,
        request_id text,
        address text,
        user_agent text
      )`);
    await runner.query('CREATE INDEX audit_entries_by_resource ON audit_entries (resource, resource_id, id)');
    await runner.query(`
      DO $$ BEGIN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON audit_entries FROM %I', current_database() || '_application');
      END $$`);
    await runner.query(`
      CREATE FUNCTION audit_entries_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'audit entries are append-only' USING ERRCODE = 'insufficient_privilege';
      END $$`);
    await runner.query(`
      CREATE TRIGGER audit_entries_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
        FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_are_final()`);
    await this.createRowTrigger(runner);
    await runner.query(`
      CREATE FUNCTION audit_table(target regclass, resource text, id_column text, redacted text[], ignored text[])
      RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        EXECUTE format('CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON %s
          FOR EACH ROW EXECUTE FUNCTION audit_row(%L, %L, %L, %L)', target, resource, id_column, redacted, ignored);
      END $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION audit_table(regclass, text, text, text[], text[])');
    await runner.query('DROP FUNCTION audit_row()');
    await runner.query('DROP TABLE audit_entries');
    await runner.query('DROP FUNCTION audit_entries_are_final()');
  }

  private async createRowTrigger(runner: QueryRunner): Promise<void> {
    // A redacted column keeps the fact that it changed and loses both values.
    await runner.query(`
      CREATE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        context jsonb := coalesce(nullif(current_setting('gatehouse.context', true), ''), '{}')::jsonb;
        before jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
        after jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
        redacted text[] := TG_ARGV[2];
        difference jsonb;
      BEGIN
        SELECT coalesce(jsonb_object_agg(key, CASE
            WHEN key = ANY (redacted) THEN '["[redacted]", "[redacted]"]'::jsonb
            ELSE jsonb_build_array(before -> key, after -> key) END), '{}')
          INTO difference
          FROM (SELECT jsonb_object_keys(before || after) AS key) AS columns
          WHERE coalesce(before -> key, 'null') <> coalesce(after -> key, 'null') AND key <> ALL (TG_ARGV[3]::text[]);
        IF difference = '{}' THEN RETURN NULL; END IF;
        INSERT INTO audit_entries
          (action, resource, resource_id, changes, actor_id, process, session_id, request_id, address, user_agent)
        VALUES (
          TG_ARGV[0] || CASE TG_OP WHEN 'INSERT' THEN '.created' WHEN 'UPDATE' THEN '.updated' ELSE '.deleted' END,
          TG_ARGV[0],
          (before || after) ->> TG_ARGV[1],
          difference,
          (context ->> 'actorId')::uuid,
          coalesce(context ->> 'process', CASE WHEN context = '{}' THEN 'database role ' || session_user END),
          (context ->> 'sessionId')::uuid,
          context ->> 'requestId',
          context ->> 'address',
          context ->> 'userAgent');
        RETURN NULL;
      END $$`);
  }
}
