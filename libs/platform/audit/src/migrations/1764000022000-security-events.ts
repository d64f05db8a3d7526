import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Security events stand in the trail beside the changes: an entry of theirs changes nothing and has details instead,
 * among them how many alike it stands for.
 */
export class SecurityEvents1764000022000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE audit_entries ADD COLUMN details jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE audit_entries DROP COLUMN details');
  }
}
