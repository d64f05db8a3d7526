import { problemCodes } from '@gatehouse/platform/http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import { type Answer, sendVerbatim } from '../kit/http-client.js';

const json = { 'content-type': 'application/json' };

/** Every refusal has one form (RFC 9457), and tells nothing of what is inside. */
function expectProblem(answer: Answer, status: number, code: string): void {
  expect([answer.status, answer.body?.code, answer.text]).toEqual([status, code, answer.text]);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const registered: Record<string, { status: number; title: string }> = problemCodes;
  expect(answer.body).toMatchObject({
    type: `urn:gatehouse:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: registered[code]?.title,
    status: registered[code]?.status,
    instance: expect.stringMatching(/^\//),
    requestId: answer.headers.get('x-request-id'),
  });
  expect(answer.text).not.toMatch(/node_modules|at \w+ \(|\bFST_|QueryFailed|Exception|SyntaxError|Unexpected token/);
}

describe('a request that is not acceptable', () => {
  let api: Api;
  let person: Person;
  beforeAll(async () => {
    api = await startApi({ environment: { BODY_LIMIT: '4096' } });
    person = await api.person('manager');
  });
  afterAll(() => api.close());

  const login = (raw: string | Buffer, headers: Record<string, string> = json) =>
    sendVerbatim(api.url, { method: 'POST', path: '/api/auth/login', headers, raw });

  it('is 400 where its JSON is malformed, empty, cut off or no JSON at all', async () => {
    for (const raw of ['{"email":', '{email: 1}', '', 'x', "{'a':1}", '{"a":1}}', '\u0000', '{"a":NaN}', '[1,]']) {
      expectProblem(await login(raw), 400, 'BAD_REQUEST');
    }
    expectProblem(await login(Buffer.from([0xff, 0xfe, 0x7b, 0x00])), 400, 'BAD_REQUEST');
  });

  it('is 400 where its body is no object', async () => {
    for (const raw of ['[]', '[{"email":"a@b.co","password":"12345678"}]', 'null', '5', '"text"', 'true']) {
      const answer = await login(raw);
      expectProblem(answer, 400, answer.body.code);
      expect(JSON.stringify(answer.body)).not.toContain('undefined');
    }
  });

  it('is 400 where it has fields that are unknown, naming each', async () => {
    const answer = await api.post('/api/auth/login', {
      body: { email: 'a@b.co', password: 'x'.repeat(9), a: 1, b: 2 },
    });
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(answer.body.errors).toEqual(
      ['a', 'b'].map((field) => ({ field, message: 'is not a field of this request' })),
    );
  });

  it('is 400 where fields are missing or of another type, naming each once', async () => {
    for (const body of [
      {},
      { email: 1, password: [] },
      { email: null, password: {} },
      { email: ['a'], password: true },
    ]) {
      const answer = await api.post('/api/auth/login', { body });
      expectProblem(answer, 400, 'VALIDATION_FAILED');
      expect(answer.body.errors.map(({ field }: { field: string }) => field).sort()).toEqual(['email', 'password']);
    }
  });

  it('is 404 where nothing is served, signed in or not', async () => {
    for (const path of ['/', '/api', '/api/', '/api/nothing', '/api/v1/users', '/favicon.ico', '/.env', '/api/auth']) {
      expectProblem(await api.get(path), 404, 'NOT_FOUND');
      expectProblem(await api.get(path, { token: person.token }), 404, 'NOT_FOUND');
    }
  });

  it('is 404 or 405 where the method is not served', async () => {
    for (const [method, path] of [
      ['PUT', '/api/products'],
      ['DELETE', '/api/auth/login'],
      ['PATCH', '/api/orders'],
      ['GET', '/api/auth/login'],
      ['OPTIONS', '/api/users'],
      ['TRACE', '/api/users'],
      ['PROPFIND', '/api/users'],
    ] as const) {
      const answer = await sendVerbatim(api.url, { method, path });
      expect([method, [404, 405].includes(answer.status)]).toEqual([method, true]);
      expectProblem(answer, answer.status, answer.status === 404 ? 'NOT_FOUND' : 'METHOD_NOT_ALLOWED');
    }
  });

  it('is 413 where its body is too large, said or not', async () => {
    const raw = JSON.stringify({ email: 'x'.repeat(5_000) });
    expectProblem(await login(raw), 413, 'PAYLOAD_TOO_LARGE');
    expectProblem(await login(raw, { ...json, 'transfer-encoding': 'chunked' }), 413, 'PAYLOAD_TOO_LARGE');
  });

  it('is 415 where its body is no JSON by its content type', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
      'application/jsonx',
      'nonsense',
    ]) {
      const answer = await login('{"email":"a@b.co","password":"12345678"}', { 'content-type': type });
      expectProblem(answer, 415, 'UNSUPPORTED_MEDIA_TYPE');
    }
    expectProblem(await login('{}', {}), 415, 'UNSUPPORTED_MEDIA_TYPE');
  });

  it('is 401, 403 and 429 in the same form', async () => {
    expectProblem(await api.get('/api/users'), 401, 'UNAUTHORIZED');
    expectProblem(await api.get('/api/users', { token: person.token }), 403, 'FORBIDDEN');
  });

  it('is 400 where the address is badly encoded', async () => {
    for (const path of ['/api/products/%', '/api/products/%zz', '/api/products/%c0%ae', '/%E0%A4%A']) {
      expectProblem(await sendVerbatim(api.url, { path }), 400, 'BAD_REQUEST');
    }
  });

  it('is refused and answered as a problem where its head is too large', async () => {
    const answer = await sendVerbatim(api.url, { path: '/api/products', headers: { 'x-large': 'x'.repeat(20_000) } });
    expect(answer.status).toBe(431);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ status: 431, code: 'HEADERS_TOO_LARGE' });
  });
});
