import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Full-text search, an order for each sort with and without a category, versions for ETags, and the ledger of the stock. */
export class Catalogue1764200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER audited ON products');
    await runner.query(
      'ALTER TABLE products ADD COLUMN version integer NOT NULL DEFAULT 1, ADD COLUMN search tsvector',
    );
    await runner.query(`
      CREATE FUNCTION product_words(name text, description text) RETURNS tsvector LANGUAGE sql IMMUTABLE
        RETURN setweight(to_tsvector('english', name), 'A') || setweight(to_tsvector('english', description), 'B')`);
    // No generated column: TypeORM wants a table of its own to describe one.
    await runner.query(`
      CREATE FUNCTION product_is_worded() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.search := product_words(NEW.name, NEW.description);
        RETURN NEW;
      END $$`);
    await runner.query(`
      CREATE TRIGGER worded BEFORE INSERT OR UPDATE OF name, description ON products
        FOR EACH ROW EXECUTE FUNCTION product_is_worded()`);
    // Whoever loads rows past the audit trail still wants them found.
    await runner.query('ALTER TABLE products ENABLE ALWAYS TRIGGER worded');
    await runner.query('UPDATE products SET search = product_words(name, description)');
    await runner.query('ALTER TABLE products ALTER COLUMN search SET NOT NULL');
    await runner.query("SELECT audit_table('products', 'product', 'id', '{}', '{updated_at,version,search}')");
    await runner.query('CREATE INDEX products_by_words ON products USING gin (search) WHERE deleted_at IS NULL');
    for (const [name, columns] of Object.entries(orders)) {
      await runner.query(`CREATE INDEX ${name} ON products (${columns}) WHERE deleted_at IS NULL`);
    }
    await runner.query(`
      CREATE TABLE stock_movements (
        id uuid PRIMARY KEY DEFAULT uuid_v7(),
        product_id uuid NOT NULL CONSTRAINT stock_movement_of_product REFERENCES products,
        change integer NOT NULL CONSTRAINT stock_movement_moves CHECK (change <> 0),
        reason text NOT NULL CONSTRAINT stock_movement_has_reason CHECK (reason IN ('counted', 'ordered', 'returned')),
        order_id uuid,
        moved_at timestamptz NOT NULL,
        CONSTRAINT stock_movement_of_order CHECK ((reason = 'counted') = (order_id IS NULL))
      )`);
    await runner.query('CREATE INDEX stock_movements_by_product ON stock_movements (product_id, id)');
    await runner.query(`
      INSERT INTO stock_movements (product_id, change, reason, moved_at)
      SELECT product_id, quantity, 'counted', now() FROM stock WHERE quantity > 0`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE stock_movements');
    for (const name of Object.keys(orders)) await runner.query(`DROP INDEX ${name}`);
    await runner.query('DROP TRIGGER audited ON products');
    await runner.query('DROP TRIGGER worded ON products');
    await runner.query('DROP FUNCTION product_is_worded()');
    await runner.query('DROP FUNCTION product_words(text, text)');
    await runner.query('DROP INDEX products_by_words');
    await runner.query('ALTER TABLE products DROP COLUMN search, DROP COLUMN version');
    await runner.query("SELECT audit_table('products', 'product', 'id', '{}', '{updated_at}')");
  }
}

const orders = {
  products_by_price: 'price_amount, id',
  products_by_name: 'name, id',
  products_by_category_price: 'category, price_amount, id',
  products_by_category_name: 'category, name, id',
};
