import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';
import { sendVerbatim } from '../kit/http-client.js';

const origin = 'https://shop.example';

describe('every answer', () => {
  let api: Api;
  let bounded: Api;
  beforeAll(async () => {
    api = await startApi();
    bounded = await startApi({ environment: { ALLOWED_ORIGINS: `${origin},https://admin.example` } });
  });
  afterAll(async () => {
    await bounded.close();
    await api.close();
  });

  it('carries the request id it was given, or one of its own where that is none', async () => {
    const idOf = async (given?: string) => {
      const headers = given === undefined ? {} : { 'x-request-id': given };
      return (await api.get('/api/products', { headers })).headers.get('x-request-id');
    };
    expect(await idOf('client-id_0123')).toBe('client-id_0123');
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(await idOf()).toMatch(uuid);
    for (const bad of ['short', 'x'.repeat(65), 'with space 1', '<script>alert</script>', 'a"b"c"d"e"f']) {
      expect(await idOf(bad)).toMatch(uuid);
    }
    const refused = await api.get('/api/users', { headers: { 'x-request-id': 'in-the-body-1' } });
    expect(refused.body.requestId).toBe('in-the-body-1');
  });

  it('S44 carries the security headers, whatever its status', async () => {
    const { token } = await api.person();
    const answers = [
      await api.get('/api/products'),
      await api.get('/api/users/me', { token }),
      await api.get('/api/users'),
      await api.get('/nowhere'),
      await api.post('/api/auth/login', { raw: '{' }),
      await api.get('/health/live'),
      await api.get('/docs'),
    ];
    for (const { headers } of answers) {
      expect(headers.get('strict-transport-security')).toMatch(/max-age=\d{8}/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.has('x-powered-by')).toBe(false);
      expect(headers.has('server')).toBe(false);
    }
  });

  it('S44 is for nobody’s cache where somebody is signed in, or nearly', async () => {
    const { token, refreshToken, email, password } = await api.person('manager');
    const answers = [
      await api.get('/api/users/me', { token }),
      await api.get('/api/users', { token }),
      await api.get('/api/users/me'),
      await api.post('/api/auth/login', { body: { email, password } }),
      await api.post('/api/auth/refresh', { body: { refreshToken } }),
      await api.get('/api/products/1'),
    ];
    for (const { headers } of answers) expect(headers.get('cache-control')).toBe('no-store');
  });

  it('is compressed where it is larger than a kilobyte and the client takes that', async () => {
    for (let index = 0; index < 10; index += 1)
      await api.product({ description: 'words '.repeat(40), category: 'large' });
    const get = (path: string, encoding: string) =>
      fetch(`${api.url}${path}`, { headers: { 'accept-encoding': encoding } });
    const plain = await get('/api/products?category=large', 'identity');
    expect(plain.headers.has('content-encoding')).toBe(false);
    const text = await plain.text();
    expect(text.length).toBeGreaterThan(1_024);
    const zipped = await get('/api/products?category=large', 'gzip');
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(zipped.headers.get('vary')).toMatch(/accept-encoding/i);
    expect(await zipped.text()).toBe(text);
    const small = await get('/health/live', 'gzip');
    expect(small.headers.has('content-encoding')).toBe(false);
  });

  it('S45 names an origin that is on the list, exactly, and no other', async () => {
    const originFor = async (given: string) => {
      const { headers } = await bounded.get('/api/products', { headers: { origin: given } });
      expect(headers.get('vary')).toMatch(/origin/i);
      return headers.get('access-control-allow-origin');
    };
    expect(await originFor(origin)).toBe(origin);
    for (const foreign of [
      'https://evil.example',
      `${origin}.evil.example`,
      'https://evil-shop.example',
      'http://shop.example',
      `${origin}:8443`,
      'https://SHOP.example.evil',
      'null',
      '*',
    ]) {
      expect([foreign, await originFor(foreign)]).toEqual([foreign, null]);
    }
  });

  it('S45 to a preflight names methods and headers for a listed origin only', async () => {
    const preflight = (from: string) =>
      sendVerbatim(bounded.url, {
        method: 'OPTIONS',
        path: '/api/products',
        headers: {
          origin: from,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization',
        },
      });
    const listed = await preflight(origin);
    expect(listed.status).toBe(204);
    expect(listed.headers.get('access-control-allow-origin')).toBe(origin);
    expect(listed.headers.get('access-control-allow-methods')).toContain('POST');
    expect(listed.headers.get('access-control-allow-credentials')).toBe('true');
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('S45 to an OPTIONS that is no preflight says nothing in a form of its own', async () => {
    const answer = await sendVerbatim(bounded.url, { method: 'OPTIONS', path: '/api/products', headers: { origin } });
    expect([answer.status, answer.text]).toEqual([204, '']);
  });

  it('S45 says nothing of origins where none are configured', async () => {
    const answer = await api.get('/api/products', { headers: { origin } });
    const names = [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'));
    expect(names).toEqual([]);
  });

  it('that is a success comes in the envelope', async () => {
    const { token } = await api.person();
    expect(Object.keys((await api.get('/api/users/me', { token })).body)).toEqual(['data']);
    expect(Object.keys((await api.get('/api/products')).body)).toEqual(['data', 'pagination']);
    expect(Object.keys((await api.get('/api/orders', { token })).body)).toEqual(['data', 'pagination']);
  });
});
