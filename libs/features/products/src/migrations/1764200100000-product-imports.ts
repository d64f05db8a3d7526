import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Files of products on their way into the catalogue, in pieces, so that any worker can read them. */
export class ProductImports1764200100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE product_imports (
        id uuid PRIMARY KEY,
        user_id uuid NOT NULL,
        format text NOT NULL CONSTRAINT product_import_has_format CHECK (format IN ('csv', 'ndjson')),
        state text NOT NULL CONSTRAINT product_import_has_state CHECK (state IN ('arriving', 'waiting', 'done', 'refused')),
        job_id uuid,
        bytes integer NOT NULL,
        rows integer,
        error_count integer NOT NULL DEFAULT 0,
        errors jsonb NOT NULL DEFAULT '[]',
        created_at timestamptz NOT NULL,
        ended_at timestamptz
      )`);
    await runner.query('CREATE INDEX product_imports_by_creation ON product_imports (created_at)');
    await runner.query(`
      CREATE TABLE product_import_chunks (
        import_id uuid NOT NULL CONSTRAINT product_import_chunk_of_import REFERENCES product_imports ON DELETE CASCADE,
        number integer NOT NULL,
        content bytea NOT NULL,
        PRIMARY KEY (import_id, number)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE product_import_chunks');
    await runner.query('DROP TABLE product_imports');
  }
}
