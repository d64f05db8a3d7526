import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Answers kept under the key their request named, so that a repeated request gets the first one's answer. */
export class IdempotencyKeys1764000003000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE idempotency_keys (
        user_id uuid NOT NULL,
        route text NOT NULL,
        key text NOT NULL,
        request_hash bytea NOT NULL,
        status smallint NOT NULL,
        body json NOT NULL,
        created_at timestamptz NOT NULL,
        PRIMARY KEY (user_id, route, key)
      )`);
    await runner.query('CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE idempotency_keys');
  }
}
