import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Permissions given to one user directly, for a time. */
export class Grants1764000012000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE grants (
        id uuid PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT grants_of_user REFERENCES users,
        permission text NOT NULL,
        starts_at timestamptz NOT NULL,
        expires_at timestamptz CONSTRAINT grants_end_after_start CHECK (expires_at > starts_at),
        reason text,
        granted_by uuid NOT NULL CONSTRAINT grants_of_granter REFERENCES users,
        created_at timestamptz NOT NULL,
        CONSTRAINT grants_once UNIQUE (user_id, permission)
      )`);
    await runner.query("SELECT audit_table('grants', 'grant', 'user_id', '{}', '{}')");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE grants');
  }
}
