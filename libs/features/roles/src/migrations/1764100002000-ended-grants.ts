import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Grants whose end is in the trail are found by it, and taken away by a job long after. */
export class EndedGrants1764100002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX grants_ended ON grants (expires_at) WHERE end_recorded');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX grants_ended');
  }
}
