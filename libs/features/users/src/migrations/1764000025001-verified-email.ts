import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether somebody has shown that the account's address is theirs; invited people do when they set their password. */
export class VerifiedEmail1764000025001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE users ADD COLUMN email_verified_at timestamptz');
    // Until now a password was set with a mailed token only, so that whoever has one has read their mail.
    await runner.query('UPDATE users SET email_verified_at = created_at WHERE password_hash IS NOT NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE users DROP COLUMN email_verified_at');
  }
}
