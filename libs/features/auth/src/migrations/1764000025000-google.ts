import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who signs in with Google, which sign-ins with it have come back, and the codes that wait to be exchanged. */
export class Google1764000025000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE identities (
        id uuid PRIMARY KEY,
        issuer text NOT NULL,
        subject text NOT NULL,
        user_id uuid NOT NULL CONSTRAINT identities_of_user REFERENCES users,
        email text,
        created_at timestamptz NOT NULL,
        CONSTRAINT identities_by_subject UNIQUE (issuer, subject),
        CONSTRAINT identities_by_user UNIQUE (user_id, issuer)
      )`);
    await runner.query("SELECT audit_table('identities', 'identity', 'id', '{subject,email}', '{}')");
    await runner.query(`
      CREATE TABLE used_oauth_states (
        hash bytea PRIMARY KEY,
        expires_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE INDEX used_oauth_states_by_end ON used_oauth_states (expires_at)');
    await runner.query(`
      CREATE TABLE sign_in_codes (
        hash bytea PRIMARY KEY,
        identity_id uuid NOT NULL CONSTRAINT sign_in_codes_of_identity REFERENCES identities ON DELETE CASCADE,
        challenge bytea NOT NULL,
        transport text NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE INDEX sign_in_codes_by_identity ON sign_in_codes (identity_id)');
    await runner.query('CREATE INDEX sign_in_codes_by_end ON sign_in_codes (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['sign_in_codes', 'used_oauth_states', 'identities']) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
