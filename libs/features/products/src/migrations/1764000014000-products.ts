import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The catalogue, and the stock beside it: an order takes from the stock without touching the product. */
export class Products1764000014000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE products (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        description text NOT NULL,
        category text NOT NULL,
        price_amount integer NOT NULL CONSTRAINT products_price_never_negative CHECK (price_amount >= 0),
        currency char(3) NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        deleted_at timestamptz
      )`);
    await runner.query(
      'CREATE INDEX products_by_creation ON products (created_at DESC, id DESC) WHERE deleted_at IS NULL',
    );
    await runner.query(
      'CREATE INDEX products_by_category ON products (category, created_at DESC, id DESC) WHERE deleted_at IS NULL',
    );
    await runner.query(`
      CREATE TABLE stock (
        product_id uuid PRIMARY KEY CONSTRAINT stock_of_product REFERENCES products,
        quantity integer NOT NULL CONSTRAINT stock_never_negative CHECK (quantity >= 0)
      )`);
    await runner.query("SELECT audit_table('products', 'product', 'id', '{}', '{updated_at}')");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE stock');
    await runner.query('DROP TABLE products');
  }
}
