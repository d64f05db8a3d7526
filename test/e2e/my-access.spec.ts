import { readFileSync } from 'node:fs';
import type { AccessMatrix } from '@gatehouse/access';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import type { Json } from '../kit/http-client.js';
import { statementsOf } from '../kit/statements.js';

const matrix: AccessMatrix = JSON.parse(
  readFileSync(new URL('../../docs/access-matrix.json', import.meta.url), 'utf8'),
);

describe('what one may call oneself', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  const mine = async ({ token }: Person): Promise<Record<string, Json>> => {
    const { status, body } = await api.get('/api/access/mine', { token });
    expect(status).toBe(200);
    return Object.fromEntries(body.data.calls.map((call: Json) => [`${call.method} ${call.path}`, call]));
  };

  it('is what the committed matrix says of the role, for every route that is served', async () => {
    for (const { name } of matrix.roles) {
      const person = await api.person(name, { secondFactor: true });
      const said = Object.entries(await mine(person)).map(([call, { verdict }]) => [call, verdict]);
      // Google is switched off here.
      const told = matrix.routes.filter(({ path }) => !path.startsWith('/api/auth/google'));
      expect([name, Object.fromEntries(said)]).toEqual([
        name,
        Object.fromEntries(told.map(({ method, path, may }) => [`${method} ${path}`, may[name]])),
      ]);
    }
  });

  it('names all that is missing as the 403 does, the session’s part too', async () => {
    const person = await api.person();
    const calls = await mine(person);
    const refused = await api.get('/api/users', { token: person.token });
    expect(calls['GET /api/users']).toEqual({
      method: 'GET',
      path: '/api/users',
      verdict: 'no',
      required: refused.body.required,
      inWords: ['role admin'],
    });
    expect(calls['GET /api/orders/:id']).toMatchObject({
      verdict: 'own',
      required: { owner: true, orPermission: 'read:order' },
      inWords: ['own or read:order'],
    });
    expect(calls['POST /api/auth/login']).toMatchObject({ verdict: 'yes', required: null, inWords: [] });
    expect(calls['POST /api/auth/mfa/disable']).toMatchObject({ verdict: 'no', required: { secondFactor: true } });
    expect(calls['DELETE /api/users/me']).toMatchObject({ verdict: 'yes' });
  });

  it('changes with the time and with a grant, on the next request', async () => {
    const [admin, person] = [await api.person('admin'), await api.person()];
    expect((await mine(person))['POST /api/products'].verdict).toBe('no');
    const body = { permission: 'create:product', expiresIn: '1m' };
    expect((await api.post(`/api/users/${person.id}/permissions`, { token: admin.token, body })).status).toBe(201);
    expect((await mine(person))['POST /api/products'].verdict).toBe('yes');
    api.clock.advance(301_000);
    const later = await mine(person);
    expect(later['POST /api/products'].verdict).toBe('no');
    expect(later['DELETE /api/users/me']).toMatchObject({
      verdict: 'no',
      required: { recentSignIn: { maxAgeSeconds: 300 } },
      inWords: ['sign-in within 5 min'],
    });
  });

  it('costs no statement of its own, and tells a stranger nothing', async () => {
    const person = await api.person('manager');
    await mine(person);
    expect(await statementsOf(api, () => mine(person))).toEqual([]);
    const stranger = await api.get('/api/access/mine');
    expect(stranger.status).toBe(401);
    expect(stranger.text).not.toContain('calls');
  });
});
