import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The trail by months. An entry's id is a UUIDv7 that the database makes when it writes the entry, so the ids of a month
 * are one range: the partitions are cut by id, which stays the key, the order and the cursor of the whole trail.
 * What no month was made for goes to the partition by default, so that no first of a month stops a write.
 */
export class AuditPartitions1764400000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await this.createFloor(runner);
    await runner.query('ALTER TABLE audit_entries RENAME TO audit_entries_before');
    await runner.query('DROP INDEX audit_entries_by_resource');
    await runner.query('ALTER TABLE audit_entries_before DROP CONSTRAINT audit_entries_pkey');
    await runner.query(`CREATE TABLE audit_entries (${columns}) PARTITION BY RANGE (id)`);
    await runner.query('ALTER TABLE audit_entries ADD PRIMARY KEY (id)');
    await runner.query('CREATE INDEX audit_entries_by_resource ON audit_entries (resource, resource_id, id)');
    await runner.query('CREATE INDEX audit_entries_by_actor ON audit_entries (actor_id, id)');
    await runner.query('CREATE INDEX audit_entries_by_action ON audit_entries (action, id)');
    await runner.query(makeFinal('audit_entries'));
    await runner.query('CREATE TABLE audit_entries_default PARTITION OF audit_entries DEFAULT');
    await runner.query(makeFinal('audit_entries_default'));
    await this.createMaintenance(runner);
    await runner.query(`
      SELECT audit_partition(month::date) FROM generate_series(
        (SELECT date_trunc('month', least(to_timestamp(('x' || left(translate(min(id::text), '-', ''), 12))::bit(48)::bigint / 1000.0), now()) AT TIME ZONE 'UTC') FROM audit_entries_before),
        date_trunc('month', now() AT TIME ZONE 'UTC'), interval '1 month') AS month`);
    await runner.query('SELECT audit_maintain(3)');
    await runner.query(`INSERT INTO audit_entries (${names}) SELECT ${names} FROM audit_entries_before`);
    await runner.query('DROP TABLE audit_entries_before');
    // Nobody writes into the trail but by the functions that announce an entry to the sealer: not even INSERT is left.
    await runner.query(`
      DO $$ DECLARE members name := current_database() || '_application';
      BEGIN
        EXECUTE format('REVOKE ALL ON audit_entries, audit_entries_default FROM %I', members);
        EXECUTE format('GRANT SELECT ON audit_entries TO %I', members);
      END $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION audit_maintain(integer)');
    await runner.query('DROP FUNCTION audit_partition(date)');
    await runner.query('ALTER TABLE audit_entries RENAME TO audit_entries_partitioned');
    await runner.query('DROP INDEX audit_entries_by_resource');
    await runner.query(`CREATE TABLE audit_entries (${columns})`);
    await runner.query(`INSERT INTO audit_entries (${names}) SELECT ${names} FROM audit_entries_partitioned`);
    await runner.query('DROP TABLE audit_entries_partitioned');
    await runner.query('ALTER TABLE audit_entries ADD PRIMARY KEY (id)');
    await runner.query('CREATE INDEX audit_entries_by_resource ON audit_entries (resource, resource_id, id)');
    await runner.query(makeFinal('audit_entries'));
    await runner.query(`
      DO $$ BEGIN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON audit_entries FROM %I', current_database() || '_application');
      END $$`);
    await runner.query('DROP FUNCTION uuid_floor(timestamptz)');
  }

  private async createFloor(runner: QueryRunner): Promise<void> {
    // Sorts before every id of the moment's millisecond and after every earlier one.
    await runner.query(`
      CREATE FUNCTION uuid_floor(moment timestamptz) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT encode(substring(int8send(floor(extract(epoch FROM moment) * 1000)::bigint) FROM 3)
          || '\\x00000000000000000000'::bytea, 'hex')::uuid
      $$`);
  }

  private async createMaintenance(runner: QueryRunner): Promise<void> {
    // Made apart and attached then, which lets writers go on; what waited in the partition by default moves over.
    await runner.query(`
      CREATE FUNCTION audit_partition(wanted date) RETURNS boolean LANGUAGE plpgsql AS $$
      DECLARE
        month timestamp := date_trunc('month', wanted::timestamp);
        name text := 'audit_entries_' || to_char(month, 'YYYY_MM');
        least_id uuid := uuid_floor(month AT TIME ZONE 'UTC');
        beyond uuid := uuid_floor((month + interval '1 month') AT TIME ZONE 'UTC');
        grantee text;
      BEGIN
        IF to_regclass('public.' || name) IS NOT NULL THEN RETURN false; END IF;
        EXECUTE format('CREATE TABLE public.%I (LIKE public.audit_entries INCLUDING DEFAULTS)', name);
        -- Whom new tables are granted to, whatever the database was called when it was migrated.
        FOR grantee IN SELECT DISTINCT acl.grantee::regrole::text FROM pg_class, aclexplode(relacl) AS acl
          WHERE pg_class.oid = to_regclass('public.' || name) AND acl.grantee NOT IN (relowner, 0) LOOP
          EXECUTE format('REVOKE ALL ON public.%I FROM %s', name, grantee);
        END LOOP;
        PERFORM FROM audit_entries_default WHERE id >= least_id AND id < beyond LIMIT 1;
        IF FOUND THEN
          ALTER TABLE audit_entries_default DISABLE TRIGGER audit_entries_are_final;
          EXECUTE format('WITH moved AS (DELETE FROM audit_entries_default WHERE id >= %L AND id < %L RETURNING *)
            INSERT INTO public.%I SELECT * FROM moved', least_id, beyond, name);
          ALTER TABLE audit_entries_default ENABLE TRIGGER audit_entries_are_final;
        END IF;
        EXECUTE format('CREATE TRIGGER audit_entries_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON public.%I
          FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_are_final()', name);
        EXECUTE format('ALTER TABLE public.audit_entries ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
          name, least_id, beyond);
        RETURN true;
      END $$`);
    await runner.query(`
      CREATE FUNCTION audit_maintain(ahead integer) RETURNS text[] LANGUAGE sql AS $$
        SELECT coalesce(array_agg(to_char(month, 'YYYY-MM') ORDER BY month) FILTER (WHERE audit_partition(month::date)), '{}')
        FROM generate_series(date_trunc('month', now() AT TIME ZONE 'UTC'),
          date_trunc('month', now() AT TIME ZONE 'UTC') + ahead * interval '1 month', interval '1 month') AS month
      $$`);
  }
}

const columns = `
  id uuid NOT NULL DEFAULT uuid_v7(),
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
  user_agent text,
  details jsonb`;

const names = `id, occurred_at, action, resource, resource_id, changes, actor_id, process, session_id, request_id,
  address, user_agent, details`;

/** Triggers for statements are not handed down to partitions, each of which can be named in a statement as well. */
function makeFinal(table: string): string {
  return `CREATE TRIGGER audit_entries_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_are_final()`;
}
