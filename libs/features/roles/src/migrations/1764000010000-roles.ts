import type { MigrationInterface, QueryRunner } from 'typeorm';

const seeded: Record<string, { description: string; permissions: string[] }> = {
  admin: { description: 'Holds every permission', permissions: [] },
  manager: {
    description: 'Keeps the catalogue and the orders',
    permissions: [
      'create:product',
      'update:product',
      'delete:product',
      'read:order',
      'update:order',
      'refund:order',
      'read:user',
    ],
  },
  support: { description: 'Helps customers', permissions: ['read:user', 'read:order', 'revoke:session'] },
  auditor: { description: 'Reads and verifies the trail', permissions: ['read:audit', 'verify:audit', 'read:access'] },
  customer: { description: 'Buys', permissions: [] },
};

/** Roles and what they hold; the five that the code and the documentation name. */
export class Roles1764000010000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE roles (
        name text PRIMARY KEY CONSTRAINT roles_well_named CHECK (name ~ '^[a-z][a-z0-9-]{1,39}$'),
        description text NOT NULL,
        is_system boolean NOT NULL DEFAULT false
      )`);
    await runner.query(`
      CREATE TABLE role_permissions (
        role_name text NOT NULL CONSTRAINT role_permissions_of_role REFERENCES roles ON DELETE CASCADE,
        permission text NOT NULL,
        PRIMARY KEY (role_name, permission)
      )`);
    await runner.query("SELECT audit_table('roles', 'role', 'name', '{}', '{}')");
    await runner.query("SELECT audit_table('role_permissions', 'role', 'role_name', '{}', '{}')");
    for (const [name, { description, permissions }] of Object.entries(seeded)) {
      await runner.query('INSERT INTO roles (name, description, is_system) VALUES ($1, $2, true)', [name, description]);
      await runner.query('INSERT INTO role_permissions SELECT $1, unnest($2::text[])', [name, permissions]);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE role_permissions');
    await runner.query('DROP TABLE roles');
  }
}
