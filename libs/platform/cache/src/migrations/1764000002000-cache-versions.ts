import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a cached answer was made from: a write changes the version in its own transaction and so retires the answers. */
export class CacheVersions1764000002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE cache_versions (name text PRIMARY KEY, version uuid NOT NULL)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE cache_versions');
  }
}
