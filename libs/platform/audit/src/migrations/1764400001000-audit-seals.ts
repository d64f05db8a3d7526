import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What makes the trail provable: each entry is announced in the transaction that writes it, the sealer takes what was
 * announced and has committed, and signs it as a batch. Entries are written by two functions of the owner and by
 * nothing else, so that a statement of the application's role can neither forge one nor leave the announcement out.
 */
export class AuditSeals1764400001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_trail (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        sole boolean NOT NULL DEFAULT true CONSTRAINT audit_trail_is_one UNIQUE CONSTRAINT audit_trail_is_sole CHECK (sole)
      )`);
    await runner.query('INSERT INTO audit_trail DEFAULT VALUES');
    // Emptied all the time: it is cleaned by the number of rows and not by their share.
    await runner.query(`
      CREATE TABLE audit_pending (entry_id uuid NOT NULL)
        WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)`);
    await runner.query('INSERT INTO audit_pending SELECT id FROM audit_entries');
    await runner.query(`
      CREATE TABLE audit_seals (
        number bigint PRIMARY KEY,
        kind text NOT NULL,
        month text NOT NULL,
        sealed_at timestamptz NOT NULL,
        entries integer NOT NULL,
        first_id uuid NOT NULL,
        last_id uuid NOT NULL,
        root bytea NOT NULL,
        previous bytea NOT NULL,
        kid text NOT NULL,
        signature bytea NOT NULL
      )`);
    await runner.query('CREATE INDEX audit_seals_by_first ON audit_seals (first_id, number)');
    await runner.query('CREATE INDEX audit_seals_by_month ON audit_seals (month, first_id)');
    await runner.query(`
      CREATE TRIGGER audit_seals_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seals
        FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_are_final()`);
    // By entry its id and its hash: without it a seal tells that something was changed, with it what.
    await runner.query('CREATE TABLE audit_seal_lists (number bigint PRIMARY KEY, list bytea NOT NULL)');
    await runner.query('ALTER TABLE audit_seal_lists ALTER COLUMN list SET STORAGE EXTERNAL');
    await this.limitTheApplication(runner);
    await this.createAppend(runner);
    await runner.query(rowTrigger);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(formerRowTrigger);
    await runner.query('ALTER FUNCTION audit_row() RESET ALL');
    await runner.query('DROP FUNCTION audit_append(jsonb)');
    await runner.query('DROP FUNCTION audit_hides(text)');
    await runner.query('DROP TABLE audit_seal_lists, audit_seals, audit_pending, audit_trail');
    await runner.query(`
      DO $$ BEGIN
        EXECUTE format('GRANT INSERT ON audit_entries TO %I', current_database() || '_application');
      END $$`);
  }

  private async limitTheApplication(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DO $$ DECLARE members name := current_database() || '_application';
      BEGIN
        EXECUTE format('REVOKE ALL ON audit_trail, audit_pending, audit_seals, audit_seal_lists FROM %I', members);
        EXECUTE format('GRANT SELECT ON audit_trail, audit_entries_default TO %I', members);
        EXECUTE format('GRANT SELECT, DELETE ON audit_pending TO %I', members);
        EXECUTE format('GRANT SELECT, INSERT ON audit_seals, audit_seal_lists TO %I', members);
      END $$`);
  }

  private async createAppend(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION audit_append(entries jsonb) RETURNS integer LANGUAGE sql VOLATILE SECURITY DEFINER
      SET search_path = pg_catalog, public, pg_temp AS $$
        WITH added AS (
          INSERT INTO public.audit_entries (occurred_at, action, resource, resource_id, changes, details, actor_id,
            process, session_id, request_id, address, user_agent)
          SELECT coalesce(occurred_at, clock_timestamp()), action, resource, resource_id, '{}', details, actor_id,
            process, session_id, request_id, address, user_agent
          FROM jsonb_to_recordset(entries) AS entry (occurred_at timestamptz, action text, resource text,
            resource_id text, details jsonb, actor_id uuid, process text, session_id uuid, request_id text,
            address text, user_agent text)
          RETURNING id),
        announced AS (INSERT INTO public.audit_pending SELECT id FROM added RETURNING 1)
        SELECT count(*)::integer FROM announced
      $$`);
    await runner.query(`
      DO $$ BEGIN
        REVOKE EXECUTE ON FUNCTION audit_append(jsonb) FROM PUBLIC;
        EXECUTE format('GRANT EXECUTE ON FUNCTION audit_append(jsonb) TO %I', current_database() || '_application');
      END $$`);
    // Of these names no value enters the trail, whatever the entity declares (S53).
    await runner.query(`
      CREATE FUNCTION audit_hides(name text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT name ~* '(password|passwd|passphrase|secret|token|hash|otp|recovery_?code|private_?key|api_?key|credential|cookie|authorization)'
      $$`);
  }
}

/** A redacted column keeps the fact that it changed and loses both values. */
const difference = (hidden: string) => `
        SELECT coalesce(jsonb_object_agg(key, CASE
            WHEN ${hidden} THEN '["[redacted]", "[redacted]"]'::jsonb
            ELSE jsonb_build_array(before -> key, after -> key) END), '{}')
          INTO difference
          FROM (SELECT jsonb_object_keys(before || after) AS key) AS columns
          WHERE coalesce(before -> key, 'null') <> coalesce(after -> key, 'null') AND key <> ALL (TG_ARGV[3]::text[]);
        IF difference = '{}' THEN RETURN NULL; END IF;`;

const actionName = `
          TG_ARGV[0] || CASE TG_OP WHEN 'INSERT' THEN '.created' WHEN 'UPDATE' THEN '.updated' ELSE '.deleted' END,
          TG_ARGV[0],
          (before || after) ->> TG_ARGV[1],
          difference`;

const facts = `
          (context ->> 'actorId')::uuid,
          coalesce(context ->> 'process', CASE WHEN context = '{}' THEN 'database role ' || session_user END),
          (context ->> 'sessionId')::uuid,
          context ->> 'requestId',
          context ->> 'address',
          context ->> 'userAgent'`;

const declarations = `
        context jsonb := coalesce(nullif(current_setting('gatehouse.context', true), ''), '{}')::jsonb;
        before jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
        after jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
        redacted text[] := TG_ARGV[2];
        difference jsonb;`;

// Names are qualified: a table of the same name among a session's temporary ones would catch the entry otherwise.
const rowTrigger = `
      CREATE OR REPLACE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
      SET search_path = pg_catalog, public, pg_temp AS $$
      DECLARE${declarations}
        entry uuid := public.uuid_v7();
      BEGIN${difference('key = ANY (redacted) OR public.audit_hides(key)')}
        INSERT INTO public.audit_entries
          (id, action, resource, resource_id, changes, actor_id, process, session_id, request_id, address, user_agent)
        VALUES (entry,${actionName},${facts});
        INSERT INTO public.audit_pending VALUES (entry);
        RETURN NULL;
      END $$`;

const formerRowTrigger = `
      CREATE OR REPLACE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER AS $$
      DECLARE${declarations}
      BEGIN${difference('key = ANY (redacted)')}
        INSERT INTO audit_entries
          (action, resource, resource_id, changes, actor_id, process, session_id, request_id, address, user_agent)
        VALUES (${actionName},${facts});
        RETURN NULL;
      END $$`;
