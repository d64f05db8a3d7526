import { createHmac, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newKeySet } from '@gatehouse/features/auth';
import { exportJWK, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import { sendVerbatim } from '../kit/http-client.js';
import { readToken, signedByTheService } from '../kit/signing.js';

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('forged and misused tokens', () => {
  let api: Api;
  let person: Person;
  let claims: JWTPayload;
  beforeAll(async () => {
    api = await startApi();
    person = await api.person();
    claims = readToken(person.token).claims;
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
    expect(await statusOf(signedByTheService(claims))).toBe(200);
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
    expect(await statusOf(signedByTheService({ ...claims, typ: 'mfa' }))).toBe(401);
    expect(await statusOf(signedByTheService(claims, { typ: 'JWT' }))).toBe(401);
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

  it('S2 another algorithm than the key has is refused, over a sound signature and over one of that algorithm', async () => {
    for (const alg of [
      undefined,
      null,
      '',
      5,
      ['EdDSA'],
      'eddsa',
      'ES256',
      'ES384',
      'RS256',
      'PS256',
      'HS256',
      'HS512',
    ]) {
      expect(await statusOf(signedByTheService(claims, { alg })), String(alg)).toBe(401);
    }
    const keys = {
      ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
      RS256: generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey,
    };
    for (const [alg, key] of Object.entries(keys)) {
      const forged = new SignJWT(claims).setProtectedHeader({ alg, typ: 'at+jwt', kid: 'test' });
      expect(await statusOf(await forged.sign(key))).toBe(401);
    }
  });

  it('S2 a header that demands an extension is refused', async () => {
    for (const header of [{ crit: ['exp'], exp: 1 }, { crit: [] }, { crit: ['b64'], b64: false }, { crit: 'b64' }]) {
      expect(await statusOf(signedByTheService(claims, header))).toBe(401);
    }
  });

  it("S2 an attacker's key is refused, whether named by kid or brought along, and no address of it is asked", async () => {
    const asked: (string | undefined)[] = [];
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const jwk = { ...(await exportJWK(publicKey)), kid: 'another', alg: 'EdDSA', use: 'sig' };
    const bait = createServer(({ url }, answer) => {
      asked.push(url);
      answer.end(JSON.stringify({ keys: [jwk] }));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => bait.once('listening', resolve));
    const { port } = bait.address() as AddressInfo;
    const at = `http://127.0.0.1:${port}`;
    const brought = [{}, { jwk }, { jku: `${at}/jwks` }, { x5u: `${at}/x5u` }, { x5c: ['AAAA'] }];
    for (const kid of ['test', 'another', `${at}/kid`, '../../../../etc/passwd', "' OR '1'='1"]) {
      for (const header of [...brought, Object.assign({}, ...brought)]) {
        const protectedHeader = { alg: 'EdDSA', typ: 'at+jwt', kid, ...header };
        expect(await statusOf(await new SignJWT(claims).setProtectedHeader(protectedHeader).sign(privateKey))).toBe(
          401,
        );
      }
    }
    bait.close();
    expect(asked).toEqual([]);
  });

  it("S2 what the header brings along is ignored where the signature is the service's", async () => {
    const jwk = await exportJWK(generateKeyPairSync('ed25519').publicKey);
    const header = { jwk, jku: 'https://attacker.example/jwks', x5u: 'https://attacker.example/x', x5c: ['AAAA'] };
    expect(await statusOf(signedByTheService(claims, header))).toBe(200);
  });

  it('S3 a token without kid, or with one that nobody has, is refused', async () => {
    expect(await statusOf(signedByTheService(claims, { kid: 'gone' }))).toBe(401);
    expect(await statusOf(signedByTheService(claims, { kid: undefined }))).toBe(401);
  });

  it('S3 a wrong issuer or audience is refused, and a claim that is missing or of another type', async () => {
    const wrong: Record<string, unknown[]> = {
      iss: [undefined, '', 'somebody', 'Gatehouse', 5, ['gatehouse']],
      aud: [undefined, '', 'something', [], ['something'], 5],
      exp: [undefined, null, '9999999999', true, -1, 0],
      nbf: [undefined, null, '0', 9_999_999_999],
      iat: [undefined, null, '0'],
      jti: [undefined],
      sub: [undefined, '', 'nobody', 5],
      sid: [undefined, '', 'none', 5],
      typ: [undefined, 'refresh', 'mfa', '', 5],
    };
    for (const [claim, values] of Object.entries(wrong)) {
      for (const value of values) {
        const token = signedByTheService({ ...claims, [claim]: value });
        expect(await statusOf(token), `${claim}: ${JSON.stringify(value)}`).toBe(401);
      }
    }
  });

  it('S3 a token from the future is let in within the leeway of 30 s alone, one of the past not at all', async () => {
    api.clock.hold();
    const now = Math.floor(api.clock.milliseconds() / 1_000);
    const at = (times: JWTPayload) => statusOf(signedByTheService({ ...claims, ...times }));
    expect(await at({ nbf: now + 30 })).toBe(200);
    expect(await at({ nbf: now + 31 })).toBe(401);
    expect(await at({ nbf: now + 60 })).toBe(401);
    expect(await at({ exp: now + 1 })).toBe(200);
    for (const past of [0, 1, 30, 60]) expect(await at({ exp: now - past })).toBe(401);
  });

  it('S4 an access token lives 900 seconds by what it says and to the second, from a sign-in and from a refresh', async () => {
    api.clock.hold();
    const { email, password } = await api.person();
    const signedIn = (await api.post('/api/auth/login', { body: { email, password } })).body.data;
    const refreshed = (await api.post('/api/auth/refresh', { body: { refreshToken: signedIn.refreshToken } })).body
      .data;
    for (const { accessToken } of [signedIn, refreshed]) {
      const { exp = 0, iat = 0, nbf } = readToken(accessToken).claims;
      expect(exp - iat).toBe(900);
      expect(nbf).toBe(iat);
    }
    expect(await statusOf(refreshed.accessToken)).toBe(200);
    const { exp = 0 } = readToken(refreshed.accessToken).claims;
    api.clock.advance(exp * 1_000 - api.clock.milliseconds() - 1);
    expect(await statusOf(refreshed.accessToken)).toBe(200);
    api.clock.advance(1);
    for (const { accessToken } of [signedIn, refreshed]) expect(await statusOf(accessToken)).toBe(401);
    person = await api.person();
    claims = readToken(person.token).claims;
  });

  it('S4 rotation, replay of an answer included, never moves the seventh day', async () => {
    api.clock.hold();
    let { refreshToken } = await api.person();
    const refresh = (token: string) => api.post('/api/auth/refresh', { body: { refreshToken: token } });
    for (let hours = 0; hours < 7 * 24 - 1; hours += 12) {
      const answer = await refresh(refreshToken);
      expect(answer.status).toBe(200);
      const replayed = await refresh(refreshToken);
      expect(replayed.body.data.refreshToken).toBe(answer.body.data.refreshToken);
      ({ refreshToken } = answer.body.data);
      api.clock.advance(12 * 3_600_000);
    }
    const refused = await refresh(refreshToken);
    expect(refused.status).toBe(401);
    expect(refused.body.data).toBeUndefined();
    person = await api.person();
    claims = readToken(person.token).claims;
  });

  it('S3 the session of another user, or none, is refused', async () => {
    const other = await api.person();
    const { sid } = readToken(other.token).claims;
    expect(await statusOf(signedByTheService({ ...claims, sid }))).toBe(401);
    expect(await statusOf(signedByTheService({ ...claims, sid: claims.sub }))).toBe(401);
    expect(await statusOf(signedByTheService({ ...claims, sid: "' OR 1=1 --" }))).toBe(401);
  });

  it('a tampered payload is refused', async () => {
    const [header, , signature] = person.token.split('.');
    for (const change of [{ role: 'admin' }, { sub: '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e' }, { exp: 9_999_999_999 }]) {
      expect(await statusOf(`${header}.${encoded({ ...claims, ...change })}.${signature}`)).toBe(401);
    }
  });

  it('what a token says of role and permissions decides nothing', async () => {
    const boasting = signedByTheService({ ...claims, role: 'admin', permissions: ['create:product'] });
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

  it('S11 two different credentials under one header name are refused, which Node would not even show', async () => {
    const other = await api.person();
    const [one, two] = [`Bearer ${person.token}`, `Bearer ${other.token}`];
    const withHeaders = (headers: Record<string, string | string[]>) =>
      sendVerbatim(api.url, { path: '/api/auth/session', headers });
    for (const name of ['authorization', 'Authorization', 'AUTHORIZATION']) {
      for (const values of [
        [one, two],
        [two, one],
        [one, 'Basic YTpi'],
        ['', one],
      ]) {
        const answer = await withHeaders({ [name]: values });
        expect(answer.status).toBe(400);
        expect(answer.body.code).toBe('AMBIGUOUS_CREDENTIALS');
      }
    }
    const differing = await withHeaders({ 'X-Access-Token': [person.token, other.token] });
    expect(differing.status).toBe(400);
    for (const [name, value] of Object.entries({ authorization: one, 'x-access-token': person.token })) {
      expect((await withHeaders({ [name]: [value, value] })).status).toBe(200);
    }
  });

  it('the published keys are public halves only', async () => {
    const answer = await api.get('/.well-known/jwks.json');
    expect(answer.status).toBe(200);
    expect(answer.body.keys).toHaveLength(1);
    expect(Object.keys(answer.body.keys[0]).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  });
});

describe('two applications in one process', () => {
  it("each accept their own tokens and not the other one's, though they share a database", async () => {
    const keys = async () => ({ JWT_KEYS: JSON.stringify(await newKeySet(new Date())) });
    const first = await startApi({ environment: await keys() });
    const second = await startApi({ environment: await keys(), database: first.database });
    const status = async (api: Api, { token }: Person) => (await api.get('/api/auth/session', { token })).status;
    const [one, other] = [await first.person(), await second.person()];
    for (let round = 0; round < 2; round += 1) {
      expect(await status(first, one)).toBe(200);
      expect(await status(second, other)).toBe(200);
      expect(await status(first, other)).toBe(401);
      expect(await status(second, one)).toBe(401);
    }
    await second.close();
    expect(await status(first, await first.person())).toBe(200);
    await first.close();
  });
});
