import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who holds a permission is asked of few grants among many. */
export class GrantsByPermission1764500000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX grants_by_permission ON grants (permission)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX grants_by_permission');
  }
}
