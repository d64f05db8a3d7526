import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The runs of the seed. Only the owner makes one: to the application they are there to be read. */
export class Seedings1764600000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE seedings (
        seed integer PRIMARY KEY,
        users integer NOT NULL,
        products integer NOT NULL,
        orders integer NOT NULL,
        until timestamptz NOT NULL,
        users_made integer NOT NULL,
        products_made integer NOT NULL,
        orders_made integer NOT NULL,
        begun_at timestamptz NOT NULL,
        finished_at timestamptz,
        CONSTRAINT seedings_sized CHECK (users >= 0 AND products >= 0 AND orders >= 0),
        CONSTRAINT seedings_within
          CHECK (users_made <= users AND products_made <= products AND orders_made <= orders)
      )`);
    await runner.query(
      "SELECT audit_table('seedings', 'seeding', 'seed', '{}', '{users_made,products_made,orders_made,finished_at}')",
    );
    await runner.query(`
      DO $$ BEGIN
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON seedings FROM %I', current_database() || '_application');
      END $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE seedings');
  }
}
