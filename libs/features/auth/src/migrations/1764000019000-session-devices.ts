import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a session's owner sees of it: how its tokens travel, and when it was last in use, which is no event. */
export class SessionDevices1764000019000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER audited ON sessions');
    await runner.query(`
      ALTER TABLE sessions
        ADD COLUMN transport text NOT NULL DEFAULT 'bearer',
        ADD COLUMN last_seen_at timestamptz`);
    await runner.query('UPDATE sessions SET last_seen_at = created_at');
    await runner.query(
      'ALTER TABLE sessions ALTER COLUMN transport DROP DEFAULT, ALTER COLUMN last_seen_at SET NOT NULL',
    );
    await runner.query("SELECT audit_table('sessions', 'session', 'id', '{}', '{last_seen_at}')");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER audited ON sessions');
    await runner.query('ALTER TABLE sessions DROP COLUMN transport, DROP COLUMN last_seen_at');
    await runner.query("SELECT audit_table('sessions', 'session', 'id', '{}', '{}')");
  }
}
