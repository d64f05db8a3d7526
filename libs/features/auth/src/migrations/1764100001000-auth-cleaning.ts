import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = ['sessions', 'password_tokens', 'email_changes', 'registrations'];

/** What is over is found by its end, and taken away by a job. */
export class AuthCleaning1764100001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.query(`CREATE INDEX ${table}_by_end ON ${table} (expires_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.query(`DROP INDEX ${table}_by_end`);
  }
}
