import { ServedRoutes } from '@gatehouse/access';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';
import type { Json } from '../kit/http-client.js';

describe('the OpenAPI document', () => {
  let api: Api;
  let document: Json;
  let operations: { name: string; operation: Json }[];
  beforeAll(async () => {
    api = await startApi();
    document = (await api.get('/docs-json')).body;
    operations = Object.entries<Json>(document.paths).flatMap(([path, item]) =>
      Object.entries<Json>(item).map(([verb, operation]) => ({ name: `${verb.toUpperCase()} ${path}`, operation })),
    );
  });
  afterAll(() => api.close());

  const operationOf = (wanted: string): Json => operations.find(({ name }) => name === wanted)?.operation;

  it('is OpenAPI 3.1, and served as JSON, as YAML and as a page that needs nothing from elsewhere', async () => {
    expect(document.openapi).toBe('3.1.0');
    expect((await api.get('/docs-yaml')).text).toMatch(/^openapi: 3\.1\.0/);
    const page = await api.get('/docs');
    expect(page.status).toBe(200);
    for (const [, source = ''] of page.text.matchAll(/(?:src|href)="([^"]+)"/g))
      expect(source).not.toMatch(/^(https?:)?\/\//);
  });

  it('has every route under /api that is served, and none that is not', () => {
    const served = api.app
      .get(ServedRoutes)
      .routes()
      .filter(({ method, path }) => method !== 'HEAD' && path.startsWith('/api/'))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    expect(operations.map(({ name }) => name).sort()).toEqual(served.sort());
    expect(served.length).toBeGreaterThan(25);
  });

  it('gives every operation an id of its own, a tag and a summary', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(operations.length);
    for (const { name, operation } of operations) {
      expect([name, operation.tags?.length > 0, operation.summary?.length > 0]).toEqual([name, true, true]);
    }
  });

  it('says of every operation who may call it and with which refusals it answers', () => {
    for (const { name, operation } of operations) {
      const access = operation['x-access'];
      expect([name, operation.security]).toEqual([name, access.public ? [] : [{ bearer: [] }]]);
      const statuses = Object.keys(operation.responses);
      if (!access.public) expect([name, statuses]).toEqual([name, expect.arrayContaining(['401'])]);
      if (access.roles ?? access.permissions ?? access.owner) {
        expect([name, statuses]).toEqual([name, expect.arrayContaining(['403'])]);
      }
      if (name.includes('{')) expect([name, statuses]).toEqual([name, expect.arrayContaining(['404'])]);
      expect([name, statuses]).toEqual([name, expect.arrayContaining(['429'])]);
      for (const status of statuses.filter((one) => one >= '400')) {
        const { examples, schema } = operation.responses[status].content['application/problem+json'];
        expect(schema).toEqual({ $ref: '#/components/schemas/Problem' });
        const shown = Object.entries<{ value: { code: string; status: number } }>(examples);
        expect(shown.length).toBeGreaterThan(0);
        for (const [code, { value }] of shown) {
          expect([name, value.code, value.status]).toEqual([name, code, Number(status)]);
        }
      }
    }
    expect(document.components.securitySchemes.bearer).toMatchObject({ type: 'http', scheme: 'bearer' });
  });

  it('says what the decorators say', () => {
    expect(operationOf('GET /api/users')['x-access']).toEqual({ public: false, roles: ['admin'] });
    expect(operationOf('POST /api/products')['x-access']).toEqual({
      public: false,
      permissions: { anyOf: ['create:product'] },
    });
    expect(operationOf('GET /api/orders/{id}')['x-access']).toEqual({
      public: false,
      owner: { param: 'id', unless: 'read:order' },
    });
    expect(operationOf('POST /api/orders')['x-rate-limit']).toEqual([{ limit: 60, windowSeconds: 60, per: 'caller' }]);
    expect(operationOf('POST /api/auth/login')['x-rate-limit']).toHaveLength(2);
  });

  it('is not served where it is switched off', async () => {
    const quiet = await startApi({ environment: { DOCS: 'false' } });
    try {
      for (const path of ['/docs', '/docs-json', '/docs-yaml']) expect((await quiet.get(path)).status).toBe(404);
    } finally {
      await quiet.close();
    }
  });
});
