import { describe, expect, it } from 'vitest';
import { limitOf, ownerRule, policyOf } from '../../test/policies.js';
import { accessMatrix } from './access-matrix.js';
import { filtered, matrixPage, matrixTable } from './matrix-page.js';

const matrix = accessMatrix({
  roles: [
    { name: 'admin', permissions: ['read:order', 'update:order'] },
    { name: 'customer', permissions: [] },
    { name: 'support', permissions: ['read:order', 'update:order'] },
  ],
  permissions: ['read:order', 'update:order'],
  auditedResources: ['box', 'order'],
  open: ['GET /docs', 'GET /docs-json'],
  routes: [
    { method: 'GET', path: '/health', policy: policyOf({ isPublic: true, unlimited: true }) },
    { method: 'GET', path: '/orders/:id', policy: policyOf({ owner: ownerRule({ unless: 'read:order' }) }) },
    {
      method: 'POST',
      path: '/orders',
      policy: policyOf({ permissions: { mode: 'any', names: ['update:order'] }, limits: [limitOf()] }),
    },
    { method: 'GET', path: '/ordersheet', policy: policyOf({ roles: ['support'] }) },
  ],
});
const table = `
| method | path        | who may           | anonymous | admin | customer | support | limit       | audited          |
| ------ | ----------- | ----------------- | --------- | ----- | -------- | ------- | ----------- | ---------------- |
| GET    | /health     | anyone            | yes       | yes   | yes      | yes     | none        | ·                |
| POST   | /orders     | update:order      | ·         | yes   | ·        | yes     | 5 per 1 min | denials, changes |
| GET    | /orders/:id | own or read:order | ·         | yes   | own      | yes     | default     | denials          |
| GET    | /ordersheet | role support      | ·         | ·     | ·        | yes     | default     | denials          |
`.trim();

describe('the table', () => {
  it('has a line for each route and a column for each role, as wide as what stands in it', () => {
    expect(matrixTable(matrix)).toBe(table);
  });

  it('has its head alone where nothing is served', () => {
    expect(matrixTable({ routes: [], roles: [] }).split('\n')).toEqual([
      '| method | path | who may | anonymous | limit | audited |',
      '| ------ | ---- | ------- | --------- | ----- | ------- |',
    ]);
  });

  it('takes a role that a row knows nothing of for one that may not', () => {
    const roles = [{ name: 'new', permissions: [] }];
    expect(matrixTable({ ...matrix, roles }).split('\n')[2]).toContain('| yes       | ·   |');
  });
});

describe('the page', () => {
  it('holds the table, what is open and audited, and what each role holds', () => {
    const page = matrixPage(matrix);
    expect(page).toContain(`\n\n${table}\n\n`);
    expect(page).toContain('Audited resources: box, order. Open without a handler: GET /docs, GET /docs-json.');
    expect(
      page.endsWith(
        '\n\n- **admin**: every permission\n- **customer**: none\n- **support**: read:order, update:order\n',
      ),
    ).toBe(true);
    expect(page.startsWith('# Who may call what\n\nWritten by `npm run generate`')).toBe(true);
  });

  it('says so where nothing is open without a handler', () => {
    expect(matrixPage({ ...matrix, open: [] })).toContain('Open without a handler: nothing.');
  });
});

describe('the part of the matrix that is asked for', () => {
  const paths = (filter: Parameters<typeof filtered>[1]) => filtered(matrix, filter).routes.map(({ path }) => path);

  it('is all of it where nothing is', () => {
    expect(filtered(matrix, {})).toEqual(matrix);
  });

  it.each(['/orders', '/orders/'])('is what lies at or below %s, and not what only begins like it', (path) => {
    expect(paths({ path }).at(-1)).toBe('/orders/:id');
    expect(paths({ path })).not.toContain('/ordersheet');
    expect(paths({ path }).includes('/orders')).toBe(path === '/orders');
  });

  it('is what a role may call, with its column alone', () => {
    const { roles, routes } = filtered(matrix, { role: 'customer' });
    expect(roles.map(({ name }) => name)).toEqual(['customer']);
    expect(routes.map(({ path, may }) => ({ path, may }))).toEqual([
      { path: '/health', may: { customer: 'yes' } },
      { path: '/orders/:id', may: { customer: 'own' } },
    ]);
    expect(paths({ role: 'customer', path: '/orders' })).toEqual(['/orders/:id']);
  });

  it('has no rows for a role that there is not', () => {
    expect(filtered(matrix, { role: 'nobody' }).routes).toEqual([]);
  });
});
