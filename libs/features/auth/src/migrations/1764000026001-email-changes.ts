import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Changes of e-mail address that wait for their mail to be answered; registrations are found by their address. */
export class EmailChanges1764000026001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE email_changes (
        user_id uuid PRIMARY KEY CONSTRAINT email_changes_of_user REFERENCES users,
        email text NOT NULL,
        token_hash bytea NOT NULL CONSTRAINT email_changes_by_token UNIQUE,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
      )`);
    await runner.query('ALTER TABLE registrations ADD COLUMN canonical_email text');
    // Close enough for those of the last day: whoever wrote theirs in another spelling registers again.
    await runner.query('UPDATE registrations SET canonical_email = lower(email)');
    await runner.query('ALTER TABLE registrations ALTER COLUMN canonical_email SET NOT NULL');
    await runner.query('CREATE INDEX registrations_by_email ON registrations (canonical_email)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE registrations DROP COLUMN canonical_email');
    await runner.query('DROP TABLE email_changes');
  }
}
