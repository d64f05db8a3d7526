import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Whether a user's second factor is enabled, for the statement that begins a session: VOLATILE, so that it sees what was
 * committed while that statement waited for the user's row, which the statement's own snapshot does not.
 */
export class SecondFactorEnabled1764000021001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION second_factor_enabled(holder uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
      BEGIN
        RETURN EXISTS (SELECT FROM second_factors WHERE user_id = holder AND enabled_at IS NOT NULL);
      END $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION second_factor_enabled(uuid)');
  }
}
