import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Registrations that wait for their mail to be answered, sessions with their refresh tokens, and mailed tokens. */
export class Auth1764000013000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE registrations (
        id uuid PRIMARY KEY,
        email text NOT NULL,
        name text NOT NULL,
        password_hash text NOT NULL,
        token_hash bytea NOT NULL CONSTRAINT registrations_by_token UNIQUE,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE sessions (
        id uuid PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT sessions_of_user REFERENCES users,
        methods text[] NOT NULL,
        second_factor boolean NOT NULL,
        address text,
        user_agent text,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        ended_at timestamptz,
        end_reason text
      )`);
    await runner.query('CREATE INDEX sessions_by_user ON sessions (user_id) WHERE ended_at IS NULL');
    await runner.query("SELECT audit_table('sessions', 'session', 'id', '{}', '{}')");
    await runner.query(`
      CREATE TABLE refresh_tokens (
        hash bytea PRIMARY KEY,
        session_id uuid NOT NULL CONSTRAINT refresh_tokens_of_session REFERENCES sessions ON DELETE CASCADE,
        created_at timestamptz NOT NULL,
        used_at timestamptz,
        used_by bytea
      )`);
    await runner.query('CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id)');
    await runner.query(`
      CREATE TABLE password_tokens (
        hash bytea PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT password_tokens_of_user REFERENCES users,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at timestamptz
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['password_tokens', 'refresh_tokens', 'sessions', 'registrations']) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
