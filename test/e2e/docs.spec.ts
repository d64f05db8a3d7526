import { ServedRoutes } from '@gatehouse/access';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';
import type { Json } from '../kit/http-client.js';
import { placeOrder } from '../kit/order.js';

describe('the OpenAPI document', () => {
  let api: Api;
  let document: Json;
  let operations: { name: string; operation: Json }[];
  beforeAll(async () => {
    api = await startApi({ environment: { GOOGLE_CLIENT_ID: 'documented', GOOGLE_CLIENT_SECRET: 'too' } });
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
      const cookie = name.startsWith('GET ') ? { cookie: [] } : { cookie: [], csrf: [] };
      expect([name, operation.security]).toEqual([name, access.public ? [] : [{ bearer: [] }, cookie]]);
      const statuses = Object.keys(operation.responses);
      if (!access.public) expect([name, statuses]).toEqual([name, expect.arrayContaining(['401'])]);
      // What is somebody else's and hidden is 404.
      if (access.roles ?? access.permissions ?? (access.owner && !access.owner.hidden)) {
        expect([name, statuses]).toEqual([name, expect.arrayContaining(['403'])]);
      }
      if (name.includes('{')) expect([name, statuses]).toEqual([name, expect.arrayContaining(['404'])]);
      expect([name, statuses]).toEqual([name, expect.arrayContaining(['429'])]);
      for (const status of statuses.filter((one) => one >= '400')) {
        const { examples, schema } = operation.responses[status].content['application/problem+json'];
        expect(schema).toEqual({ $ref: '#/components/schemas/Problem' });
        const shown = Object.entries<{ value: { code: string; status: number } }>(examples);
        expect(shown.length).toBeGreaterThan(0);
        for (const [example, { value }] of shown) {
          expect([name, value.code, value.status]).toEqual([name, example.replace(/_OWNER$/, ''), Number(status)]);
        }
      }
    }
    expect(document.components.securitySchemes.bearer).toMatchObject({ type: 'http', scheme: 'bearer' });
  });

  it('shows a refusal as the guard would say it to somebody who holds nothing, with the fields that come with it', async () => {
    const refusal = (name: string, status: number) => operationOf(name).responses[status];
    const required = (name: string, example: string) =>
      refusal(name, 403).content['application/problem+json'].examples[example].value.required;
    expect(required('GET /api/users', 'FORBIDDEN')).toEqual({ roles: ['admin'] });
    expect(required('POST /api/products', 'FORBIDDEN')).toEqual({ permissions: { anyOf: ['create:product'] } });
    expect(required('GET /api/orders/{id}', 'FORBIDDEN_OWNER')).toEqual({ owner: true, orPermission: 'read:order' });
    const [customer, stranger] = [await api.person(), await api.person()];
    const { id } = (await placeOrder(api, customer, [{ productId: await api.product(), quantity: 1 }])).body.data;
    const [users, order] = [
      await api.get('/api/users', { token: customer.token }),
      await api.get(`/api/orders/${id}`, { token: stranger.token }),
    ];
    expect(users.body.required).toEqual(required('GET /api/users', 'FORBIDDEN'));
    expect(order.body.required).toEqual(required('GET /api/orders/{id}', 'FORBIDDEN_OWNER'));
    for (const { name, operation } of operations) {
      const fields = (status: number) => Object.keys(operation.responses[status]?.headers ?? {});
      expect([name, fields(429)]).toEqual([name, ['Retry-After', 'RateLimit', 'RateLimit-Policy']]);
      if (!operation['x-access'].public) expect([name, fields(401)]).toEqual([name, ['WWW-Authenticate']]);
      expect([name, Array.isArray(operation['x-rate-limit'])]).toEqual([name, true]);
    }
  });

  it('says what the decorators say', () => {
    expect(operationOf('GET /api/users')['x-access']).toEqual({
      public: false,
      inWords: ['role admin'],
      roles: ['admin'],
    });
    expect(operationOf('POST /api/products')['x-access']).toEqual({
      public: false,
      inWords: ['create:product'],
      permissions: { anyOf: ['create:product'] },
    });
    expect(operationOf('GET /api/orders/{id}')['x-access']).toEqual({
      public: false,
      inWords: ['own or read:order'],
      owner: { param: 'id', unless: 'read:order' },
    });
    expect(operationOf('POST /api/orders')['x-rate-limit']).toEqual([
      { name: 'post-orders', limit: 60, windowSeconds: 60, per: 'caller', inWords: '60 per 1 min' },
    ]);
    expect(operationOf('POST /api/auth/login')['x-rate-limit'].map(({ name }: Json) => name)).toEqual([
      'post-auth-login-address',
      'post-auth-login-account',
    ]);
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
