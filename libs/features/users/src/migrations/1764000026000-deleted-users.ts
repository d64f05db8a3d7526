import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts that were deleted: their rows stay for what refers to them, and nothing of the person is left there. */
export class DeletedUsers1764000026000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE users
        ADD COLUMN deleted_at timestamptz,
        ADD CONSTRAINT users_deleted_are_disabled CHECK (deleted_at IS NULL OR disabled_at IS NOT NULL)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE users DROP COLUMN deleted_at');
  }
}
