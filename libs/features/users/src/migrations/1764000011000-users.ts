import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Users1764000011000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE users (
        id uuid PRIMARY KEY,
        email text NOT NULL,
        canonical_email text NOT NULL CONSTRAINT users_by_email UNIQUE,
        name text NOT NULL,
        password_hash text,
        role text NOT NULL CONSTRAINT users_of_role REFERENCES roles,
        disabled_at timestamptz,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE INDEX users_by_role ON users (role)');
    await runner.query('CREATE INDEX users_by_creation ON users (created_at, id)');
    // Personal data doesn't enter the trail, so that a person can be forgotten without touching it.
    await runner.query(
      "SELECT audit_table('users', 'user', 'id', '{email,canonical_email,name,password_hash}', '{updated_at}')",
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE users');
  }
}
