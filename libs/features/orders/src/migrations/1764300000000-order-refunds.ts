import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When a refund was begun, and a short way to the orders that nobody has paid. */
export class OrderRefunds1764300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders ADD COLUMN refund_requested_at timestamptz');
    await runner.query("CREATE INDEX orders_unpaid ON orders (created_at) WHERE status = 'pending'");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX orders_unpaid');
    await runner.query('ALTER TABLE orders DROP COLUMN refund_requested_at');
  }
}
