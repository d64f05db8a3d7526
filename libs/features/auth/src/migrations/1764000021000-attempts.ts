import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Budgets of failed attempts: what isn't forgiven yet, and until when the next try waits. */
export class Attempts1764000021000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE attempts (
        subject bytea PRIMARY KEY,
        kind text NOT NULL,
        forgotten_at timestamptz NOT NULL,
        locked_until timestamptz
      )`);
    await runner.query('CREATE INDEX attempts_by_oblivion ON attempts (forgotten_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE attempts');
  }
}
