import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Answer, send } from '../kit/http-client.js';
import { type Running, start } from '../kit/processes.js';
import { createTestDatabase, type TestDatabase } from '../kit/test-database.js';

describe('the log', () => {
  let database: TestDatabase;
  let api: Running;
  let url: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    const { secrets } = inject('server');
    const environment = {
      NODE_ENV: 'development',
      DATABASE_URL: database.url,
      DEMO_DATA: 'false',
      LOG_LEVEL: 'info',
      ...secrets,
    };
    api = start('api', [], environment);
    url = await api.listening();
  });
  afterAll(async () => {
    await api.stop();
    await database.drop();
  });

  const linesOf = async (answer: Answer) => {
    const requestId = answer.headers.get('x-request-id');
    await api.says(new RegExp(`("requestId":"${requestId}".*"msg":"request")`));
    const lines = api.output.split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line) => JSON.parse(line)).filter((line) => line.requestId === requestId);
  };

  it('has one JSON line a request, with its id, and a line for a denial', async () => {
    const found = await send(`${url}/api/products?limit=1`, 'GET');
    expect(await linesOf(found)).toEqual([
      expect.objectContaining({
        level: 'info',
        method: 'GET',
        path: '/api/products',
        status: 200,
        ms: expect.any(Number),
      }),
    ]);
    const refused = await send(`${url}/api/users/me`, 'GET', { token: 'not.a.token' });
    expect(await linesOf(refused)).toEqual([
      expect.objectContaining({
        event: 'access.denied',
        handler: 'MeController.get',
        code: 'UNAUTHORIZED',
        reason: expect.any(String),
      }),
      expect.objectContaining({ path: '/api/users/me', status: 401 }),
    ]);
  });

  it('says what failed and holds neither the parameters nor the row of the statement', async () => {
    await database.query('ALTER TABLE registrations ADD CONSTRAINT broken CHECK (false) NOT VALID');
    const body = { email: 'somebody@example.com', name: 'Somebody', password: 'correct horse battery' };
    const answer = await send(`${url}/api/auth/register`, 'POST', { body });
    await database.query('ALTER TABLE registrations DROP CONSTRAINT broken');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('broken');
    await linesOf(answer);
    expect(api.output).toContain('violates check constraint');
    expect(api.output).not.toContain('somebody@example.com');
    expect(api.output).not.toContain('argon2id');
  });

  it('holds no password, no token and no query, and no forged line', async () => {
    const secret = 'a-secret-that-nobody-logs';
    await send(`${url}/api/auth/login`, 'POST', { body: { email: 'a@example.com', password: secret } });
    await send(`${url}/api/auth/email/verify?token=${secret}`, 'POST', {
      body: { token: secret.padEnd(43, 'x'), password: secret },
    });
    await send(`${url}/api/users/me`, 'GET', { token: secret, headers: { 'user-agent': 'x {"level":"error"}' } });
    const last = await send(`${url}/api/products?token=${secret}`, 'GET', {
      headers: { 'x-request-id': 'forged\\n{"level":"fatal"}' },
    });
    expect(last.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    await linesOf(last);
    expect(api.output).not.toContain(secret);
    expect(api.output).not.toContain('fatal');
  });
});
