import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Reviews1764000023001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE reviews (
        id uuid PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT reviews_of_user REFERENCES users,
        product_id uuid NOT NULL CONSTRAINT reviews_of_product REFERENCES products,
        rating smallint NOT NULL CONSTRAINT reviews_rating_in_bounds CHECK (rating BETWEEN 1 AND 5),
        text text NOT NULL,
        hidden_at timestamptz,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT reviews_once UNIQUE (user_id, product_id)
      )`);
    await runner.query(
      'CREATE INDEX reviews_of_product_shown ON reviews (product_id, created_at DESC, id DESC) WHERE hidden_at IS NULL',
    );
    await runner.query("SELECT audit_table('reviews', 'review', 'id', '{}', '{updated_at}')");
    await runner.query(
      "INSERT INTO role_permissions (role_name, permission) VALUES ('manager', 'moderate:review'), ('support', 'moderate:review')",
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DELETE FROM role_permissions WHERE permission = 'moderate:review'");
    await runner.query('DROP TABLE reviews');
  }
}
