import { createHmac, generateKeyPairSync } from 'node:crypto';
import { exportJWK, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import { signedByTheService } from '../kit/signing.js';

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decoded = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString());

describe('forged and misused tokens', () => {
  let api: Api;
  let person: Person;
  let claims: JWTPayload;
  beforeAll(async () => {
    api = await startApi();
    person = await api.person();
    claims = decoded(person.token.split('.')[1]);
  });
  afterAll(() => api.close());

  const statusOf = async (token: string) => {
    const answer = await api.get('/api/auth/session', { token });
    if (answer.status === 401) {
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="gatehouse", error="invalid_token"');
      expect(answer.body).toMatchObject({ code: 'UNAUTHORIZED', status: 401 });
      expect(answer.body.required).toBeUndefined();
    }
    return answer.status;
  };

  it('the same claims signed by the service itself pass, so that each refusal below has its own reason', async () => {
    expect(await statusOf(await signedByTheService(claims))).toBe(200);
  });

  it('S1 a refresh token used as a bearer is refused', async () => {
    expect(await statusOf(person.refreshToken)).toBe(401);
  });

  it('S1 an access token at /refresh is refused', async () => {
    const answer = await api.post('/api/auth/refresh', { body: { refreshToken: person.token } });
    expect([400, 401]).toContain(answer.status);
    expect(answer.body.data).toBeUndefined();
  });

  it('S1 a token of another type that the service signed is refused', async () => {
    expect(await statusOf(await signedByTheService({ ...claims, typ: 'mfa' }))).toBe(401);
    expect(await statusOf(await signedByTheService(claims, { typ: 'JWT' }))).toBe(401);
  });

  it('S2 alg none is refused, with and without a signature', async () => {
    for (const alg of ['none', 'None', 'NONE']) {
      const unsigned = `${encoded({ alg, typ: 'at+jwt', kid: 'test' })}.${encoded(claims)}`;
      expect(await statusOf(`${unsigned}.`)).toBe(401);
      expect(await statusOf(`${unsigned}.${person.token.split('.')[2]}`)).toBe(401);
    }
  });

  it('S2 an empty signature under the right algorithm is refused', async () => {
    const [header, payload] = person.token.split('.');
    expect(await statusOf(`${header}.${payload}.`)).toBe(401);
  });

  it('S2 the public key used as an HMAC secret is refused', async () => {
    const { keys } = (await api.get('/.well-known/jwks.json')).body;
    const secrets = [JSON.stringify(keys[0]), keys[0].x, Buffer.from(keys[0].x, 'base64url')];
    for (const secret of secrets) {
      const content = `${encoded({ alg: 'HS256', typ: 'at+jwt', kid: 'test' })}.${encoded(claims)}`;
      const signature = createHmac('sha256', secret).update(content).digest('base64url');
      expect(await statusOf(`${content}.${signature}`)).toBe(401);
    }
  });

  it("S2 an attacker's key is refused, whether named by kid or brought along in jwk, jku, x5u or x5c", async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const jwk = await exportJWK(publicKey);
    const brought = [{}, { jwk }, { jku: `${api.url}/jwks` }, { x5u: `${api.url}/x` }, { x5c: ['AAAA'] }];
    for (const kid of ['test', 'another']) {
      for (const header of brought) {
        const protectedHeader = { alg: 'EdDSA', typ: 'at+jwt', kid, ...header };
        expect(await statusOf(await new SignJWT(claims).setProtectedHeader(protectedHeader).sign(privateKey))).toBe(
          401,
        );
      }
    }
  });

  it('S3 a token without kid, or with one that nobody has, is refused', async () => {
    expect(await statusOf(await signedByTheService(claims, { kid: 'gone' }))).toBe(401);
    expect(await statusOf(await signedByTheService(claims, { kid: undefined }))).toBe(401);
  });

  it('S3 a wrong issuer or audience, a missing time or a future start are refused', async () => {
    const { iss: _iss, ...withoutIssuer } = claims;
    const { aud: _aud, ...withoutAudience } = claims;
    const { exp: _exp, ...withoutEnd } = claims;
    const { nbf: _nbf, ...withoutStart } = claims;
    const later = Math.floor(api.clock.milliseconds() / 1_000) + 61;
    const wrong = [
      { ...claims, iss: 'somebody' },
      { ...claims, aud: 'something' },
      { ...claims, nbf: later },
      withoutIssuer,
      withoutAudience,
      withoutEnd,
      withoutStart,
    ];
    for (const one of wrong) expect(await statusOf(await signedByTheService(one))).toBe(401);
  });

  it('S3 the session of another user, or none, is refused', async () => {
    const other = await api.person();
    const { sid } = decoded(other.token.split('.')[1]);
    expect(await statusOf(await signedByTheService({ ...claims, sid }))).toBe(401);
    expect(await statusOf(await signedByTheService({ ...claims, sid: claims.sub }))).toBe(401);
    expect(await statusOf(await signedByTheService({ ...claims, sid: "' OR 1=1 --" }))).toBe(401);
  });

  it('a tampered payload is refused', async () => {
    const [header, , signature] = person.token.split('.');
    for (const change of [{ role: 'admin' }, { sub: '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e' }, { exp: 9_999_999_999 }]) {
      expect(await statusOf(`${header}.${encoded({ ...claims, ...change })}.${signature}`)).toBe(401);
    }
  });

  it('what a token says of role and permissions decides nothing', async () => {
    const boasting = await signedByTheService({ ...claims, role: 'admin', permissions: ['create:product'] });
    expect((await api.get('/api/users', { token: boasting })).status).toBe(403);
    expect((await api.get('/api/auth/session', { token: boasting })).body.data.role).toBe('customer');
  });

  it('rubbish in Authorization is refused', async () => {
    for (const authorization of ['Bearer', 'Bearer ', 'Bearer a b', `Basic ${person.token}`, 'Bearer ...', 'x']) {
      expect((await api.get('/api/auth/session', { headers: { authorization } })).status).toBe(401);
    }
    expect(await statusOf('a'.repeat(8_000))).toBe(401);
  });

  it('S11 a token in the query or in the body is ignored', async () => {
    for (const name of ['token', 'access_token', 'accessToken', 'authorization']) {
      const answer = await api.get(`/api/auth/session?${name}=${person.token}`);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="gatehouse"');
    }
    const posted = await api.post('/api/auth/logout', { body: { token: person.token, access_token: person.token } });
    expect(posted.status).toBe(401);
  });

  it('S11 two different credentials in one request are refused, and the same one twice is not', async () => {
    const other = await api.person();
    const both = (token: string) =>
      api.get('/api/auth/session', { token: person.token, headers: { 'x-access-token': token } });
    const answer = await both(other.token);
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('AMBIGUOUS_CREDENTIALS');
    expect((await both(person.token)).status).toBe(200);
  });

  it('the published keys are public halves only', async () => {
    const answer = await api.get('/.well-known/jwks.json');
    expect(answer.status).toBe(200);
    expect(answer.body.keys).toHaveLength(1);
    expect(Object.keys(answer.body.keys[0]).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  });
});
