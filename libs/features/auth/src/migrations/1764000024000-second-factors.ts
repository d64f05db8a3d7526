import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Authenticators with their recovery codes, and sign-ins that wait for a code. */
export class SecondFactors1764000024000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE second_factors (
        user_id uuid PRIMARY KEY CONSTRAINT second_factors_of_user REFERENCES users,
        secret text NOT NULL,
        enabled_at timestamptz,
        last_step integer,
        recovery_codes_at timestamptz,
        created_at timestamptz NOT NULL
      )`);
    await runner.query("SELECT audit_table('second_factors', 'second-factor', 'user_id', '{secret}', '{last_step}')");
    await runner.query(`
      CREATE TABLE recovery_codes (
        user_id uuid NOT NULL CONSTRAINT recovery_codes_of_second_factor REFERENCES second_factors ON DELETE CASCADE,
        hash bytea NOT NULL,
        PRIMARY KEY (user_id, hash)
      )`);
    await runner.query(`
      CREATE TABLE sign_in_challenges (
        hash bytea PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT sign_in_challenges_of_user REFERENCES users,
        methods text[] NOT NULL,
        transport text NOT NULL,
        tries integer NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE INDEX sign_in_challenges_by_user ON sign_in_challenges (user_id)');
    await runner.query('CREATE INDEX sign_in_challenges_by_end ON sign_in_challenges (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['sign_in_challenges', 'recovery_codes', 'second_factors']) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
