import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Orders1764000015000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE orders (
        id uuid PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT orders_of_user REFERENCES users,
        status text NOT NULL
          CONSTRAINT orders_known_status CHECK (status IN ('pending', 'paid', 'fulfilled', 'cancelled', 'refunded')),
        total_amount bigint NOT NULL CONSTRAINT orders_total_never_negative CHECK (total_amount >= 0),
        currency char(3) NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE INDEX orders_by_user ON orders (user_id, created_at DESC, id DESC)');
    await runner.query('CREATE INDEX orders_by_creation ON orders (created_at DESC, id DESC)');
    await runner.query(`
      CREATE TABLE order_lines (
        order_id uuid NOT NULL CONSTRAINT order_lines_of_order REFERENCES orders ON DELETE CASCADE,
        position smallint NOT NULL,
        product_id uuid NOT NULL CONSTRAINT order_lines_of_product REFERENCES products,
        name text NOT NULL,
        unit_amount integer NOT NULL CONSTRAINT order_lines_amount_never_negative CHECK (unit_amount >= 0),
        quantity integer NOT NULL CONSTRAINT order_lines_quantity_in_bounds CHECK (quantity BETWEEN 1 AND 100),
        PRIMARY KEY (order_id, position)
      )`);
    await runner.query("SELECT audit_table('orders', 'order', 'id', '{}', '{updated_at}')");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE order_lines');
    await runner.query('DROP TABLE orders');
  }
}
