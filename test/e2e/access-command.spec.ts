import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { start } from '../kit/processes.js';
import { createTestDatabase, type TestDatabase } from '../kit/test-database.js';

describe('npm run access', { timeout: 90_000 }, () => {
  let database: TestDatabase;
  let folder: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-access-'));
  });
  afterAll(async () => {
    await database.drop();
    await rm(folder, { recursive: true });
  });

  const access = async (...parameters: string[]) => {
    const command = start('cli', ['access', ...parameters], {
      NODE_ENV: 'development',
      DATABASE_URL: database.url,
      DATA_DIR: folder,
      ...inject('server').secrets,
    });
    return { code: await command.exit(), output: command.output };
  };
  const rows = (output: string) => output.trim().split('\n').slice(2);

  it('prints the routes below a path that a role may call, and its column alone', async () => {
    const { code, output } = await access('--role', 'support', '--path', '/api/orders');
    expect(code).toBe(0);
    expect(output).toMatch(/^\| method +\| path +\| who may +\| anonymous +\| support +\| limit +\| audited +\|$/m);
    expect(rows(output).find((row) => row.includes('| /api/orders/:id '))).toMatch(
      /^\| GET +\| \/api\/orders\/:id +\| own or read:order +\| · +\| yes +\|/,
    );
    for (const row of rows(output)) expect(row).toMatch(/^\| \w+ +\| \/api\/orders[ /]/);
    const users = await access('--role', 'support', '--path', '/api/users');
    expect(users.output).not.toContain('role admin');
  });

  it('knows the roles of the database as they are now, which the committed matrix does not', async () => {
    await database.role('stocktaker', ['update:product']);
    const { code, output } = await access('--json', '--role', 'stocktaker', '--path', '/api/products/:id');
    expect(code).toBe(0);
    const { routes, roles } = JSON.parse(output);
    expect(roles).toEqual([{ name: 'stocktaker', permissions: ['update:product'] }]);
    expect(routes).toContainEqual(
      expect.objectContaining({ method: 'PATCH', path: '/api/products/:id', may: { stocktaker: 'yes' } }),
    );
    expect(routes.map(({ method }: { method: string }) => method)).not.toContain('DELETE');
    const committed = JSON.parse(await readFile('docs/access-matrix.json', 'utf8'));
    expect(committed.roles.map(({ name }: { name: string }) => name)).not.toContain('stocktaker');
  });

  it('says so where there is no such role, no such route or no such option', async () => {
    const [role, path, option] = await Promise.all([
      access('--role', 'emperor'),
      access('--path', '/api/nowhere'),
      access('--rolle', 'admin'),
    ]);
    expect([role.code, path.code, option.code]).toEqual([1, 1, 1]);
    expect(role.output).toContain('There is no role "emperor": admin, auditor, customer');
    expect(path.output).toContain('No route fits');
    expect(option.output).toContain("Unknown option '--rolle'");
  });
});
