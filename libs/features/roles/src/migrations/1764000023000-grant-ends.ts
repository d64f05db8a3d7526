import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets the trail tell a grant that ended by itself from one that was revoked, and say so once. */
export class GrantEnds1764000023000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE grants ADD COLUMN end_recorded boolean NOT NULL DEFAULT false');
    await runner.query('CREATE INDEX grants_to_end ON grants (expires_at) WHERE NOT end_recorded');
    await runner.query('DROP TRIGGER audited ON grants');
    await runner.query("SELECT audit_table('grants', 'grant', 'user_id', '{}', '{end_recorded}')");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER audited ON grants');
    await runner.query("SELECT audit_table('grants', 'grant', 'user_id', '{}', '{}')");
    await runner.query('ALTER TABLE grants DROP COLUMN end_recorded');
  }
}
