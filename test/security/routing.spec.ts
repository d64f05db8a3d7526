import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import { belongings } from '../kit/belongings.js';
import { sendVerbatim } from '../kit/http-client.js';
import { concrete, type Operation, operationsOf } from '../kit/operations.js';

const origin = 'https://shop.example';

/** Other spellings that some server, proxy or router takes for the same address. */
const spellings: Record<string, (path: string) => string> = {
  'a trailing slash': (path) => `${path}/`,
  'two slashes': (path) => `/${path}`,
  'two slashes inside': (path) => path.replace('/api/', '/api//'),
  'capital letters': (path) => path.toUpperCase(),
  'a capital prefix': (path) => path.replace('/api', '/API'),
  'a parameter of the segment': (path) => path.replace(/^(\/api\/\w+)/, '$1;x=1'),
  'a parameter at the end': (path) => `${path};.json`,
  'a dot segment': (path) => path.replace('/api/', '/api/./'),
  'an encoded dot segment': (path) => path.replace('/api/', '/api/%2e/'),
  'a way back': (path) => path.replace('/api/', '/health/../api/'),
  'an encoded way back': (path) => path.replace('/api/', '/health/%2e%2e/api/'),
  'an encoded letter': (path) => path.replace(/^\/api\/(\w)/, (_, first: string) => `/api/${percent(first)}`),
  'an encoded slash': (path) => path.replace(/^\/api\//, '/api%2f'),
  'an encoded slash at the end': (path) => `${path}%2f`,
  'a double encoding': (path) =>
    path.replace(/^\/api\/(\w)/, (_, first: string) => `/api/%25${percent(first).slice(1)}`),
  'a backslash': (path) => path.replace('/api/', '/api\\'),
  'an encoded space': (path) => `${path}%20`,
  'an encoded NUL': (path) => `${path}%00`,
  'an extension': (path) => `${path}.json`,
  'an empty query': (path) => `${path}?`,
  'a fragment': (path) => `${path}#x`,
  'a method in the query': (path) => `${path}?_method=GET`,
};
const overrides = ['x-http-method-override', 'x-method-override', 'x-http-method'];
const rewrites = ['x-original-url', 'x-rewrite-url', 'x-forwarded-uri', 'x-forwarded-prefix'];

function percent(letter: string): string {
  return `%${letter.charCodeAt(0).toString(16)}`;
}

describe('an address or a method spelt another way', () => {
  let api: Api;
  let operations: Operation[];
  let admin: Person;
  let customer: Person;
  beforeAll(async () => {
    api = await startApi({ environment: { ALLOWED_ORIGINS: origin } });
    operations = (await operationsOf(api)).filter(({ access }) => !access.public);
    [admin, customer] = await Promise.all([api.person('admin'), api.person()]);
    expect(operations.length).toBeGreaterThan(25);
    things.set('/api/products/{id}', await api.product()).set('/api/roles/{name}', 'auditor');
    for (const [start, make] of Object.entries(belongings)) things.set(start, await make(api, admin));
  });
  afterAll(() => api.close());

  /** What there really is, by the beginning of the routes that name it, so that reaching a handler would show. */
  const things = new Map<string, string>();
  const addressOf = (path: string): string => {
    const [, id = ''] = [...things].find(([start]) => path === start || path.startsWith(`${start}/`)) ?? [];
    return concrete(path, { id, name: id, permission: 'read:order', resource: 'user', resourceId: admin.id });
  };
  /** Whether the path is also one of another route's, with a parameter where this one has a word. */
  const servedElsewhere = (method: string, path: string) =>
    operations.some(
      (other) => other.method === method && new RegExp(`^${other.path.replaceAll(/\{\w+\}/g, '[^/{]+')}$`).test(path),
    );
  const ask = (method: string, path: string, token?: string, headers: Record<string, string> = {}) => {
    const body = { 'content-type': 'application/json', 'content-length': '2' };
    return sendVerbatim(api.url, {
      method,
      path,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? {} : body),
        ...headers,
      },
      ...(method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? {} : { raw: '{}' }),
    });
  };
  /** Operations that ask for more than being signed in, and so refuse a customer. */
  const withheld = () =>
    operations.filter(({ access }) => access.roles !== undefined || access.permissions !== undefined);
  const entries = async () =>
    (await api.database.query('SELECT count(*)::int AS n FROM audit_entries WHERE details IS NULL'))[0]?.['n'];

  it.each(Object.entries(spellings))('S35 leads past no guard: %s', async (name, respell) => {
    const before = await entries();
    for (const { method, path } of operations) {
      const address = respell(addressOf(path));
      const { status, text } = await ask(method, address);
      // Not served at all, or decided like the plain address; public routes may answer below another's name.
      expect([name, method, address, [400, 401, 404, 405].includes(status)]).toEqual([name, method, address, true]);
      expect(text).not.toMatch(/"data"/);
    }
    for (const { method, path } of withheld()) {
      const address = respell(addressOf(path));
      const { status } = await ask(method, address, customer.token);
      expect([name, method, address, [400, 403, 404, 405].includes(status)]).toEqual([name, method, address, true]);
    }
    expect(await entries()).toBe(before);
  });

  it('S35 is HEAD decided like GET, for everybody and everywhere', async () => {
    let passed = 0;
    for (const { path } of operations.filter(({ method }) => method === 'GET')) {
      for (const token of [undefined, 'forged', customer.token, admin.token]) {
        const [get, head] = [await ask('GET', addressOf(path), token), await ask('HEAD', addressOf(path), token)];
        expect([path, head.status, head.text]).toEqual([path, get.status, '']);
        if (get.status === 200) passed += 1;
      }
    }
    expect(passed).toBeGreaterThan(8);
  });

  it('S35 is OPTIONS, and every method that is not served, answered by no handler', async () => {
    const before = await entries();
    for (const path of new Set(operations.map((operation) => operation.path))) {
      const served = operations.filter((operation) => operation.path === path).map(({ method }) => method);
      for (const token of [undefined, admin.token]) {
        const preflight = { origin, 'access-control-request-method': 'GET' };
        for (const headers of [{}, { origin }, preflight, { ...preflight, origin: 'https://evil.example' }]) {
          const options = await ask('OPTIONS', addressOf(path), token, headers);
          expect([path, [204, 404].includes(options.status)]).toEqual([path, true]);
          expect(options.text).not.toContain('"data"');
          expect(options.headers.get('access-control-allow-origin')).not.toBe('https://evil.example');
        }
        for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE']) {
          if (served.includes(method) || servedElsewhere(method, path)) continue;
          const { status, text } = await ask(method, addressOf(path), token);
          expect([method, path, [404, 405].includes(status)]).toEqual([method, path, true]);
          expect(text).not.toContain('"data"');
        }
      }
    }
    expect(await entries()).toBe(before);
  });

  it('S35 is no other method by a header, and no other address by one', async () => {
    const before = await entries();
    for (const { method, path } of operations) {
      const address = addressOf(path);
      const plain = (await ask('GET', address, admin.token)).status;
      for (const header of overrides) {
        const { status } = await ask('GET', address, admin.token, { [header]: method });
        expect([header, method, path, status]).toEqual([header, method, path, plain]);
      }
      for (const header of rewrites) {
        const { status } = await ask('GET', '/api/products?limit=1', undefined, { [header]: address });
        expect([header, address, status]).toEqual([header, address, 200]);
      }
    }
    for (const { method, path } of withheld()) {
      for (const header of overrides) {
        const { status } = await ask(method, addressOf(path), customer.token, { [header]: 'GET' });
        expect([header, method, path, [400, 403, 404].includes(status)]).toEqual([header, method, path, true]);
      }
    }
    expect(await entries()).toBe(before);
  });
});
