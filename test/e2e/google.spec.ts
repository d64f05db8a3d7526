import { ServedRoutes } from '@gatehouse/access';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi, tokenIn } from '../kit/api.js';
import type { Visit } from '../kit/browser.js';
import { application, beginning, browserFor, Google, newVerifier, shop } from '../kit/google.js';
import type { Answer } from '../kit/http-client.js';

describe('sign-in with Google', () => {
  const google = new Google();
  let api: Api;
  beforeAll(async () => {
    await google.start();
    api = await startApi({ environment: google.environment });
  });
  afterEach(() => google.mend());
  afterAll(async () => {
    await api.close();
    await google.stop();
  });

  const codeOf = ({ address }: Visit) => address.searchParams.get('code');
  const session = (accessToken: string) => api.get('/api/auth/session', { token: accessToken });
  const users = (email: string) => api.database.query('SELECT * FROM users WHERE email = $1', [email]);

  /** Signs whoever is at Google in as a bearer client would. */
  async function signIn(): Promise<Answer> {
    const { verifier, challenge } = newVerifier();
    const browser = browserFor(api, google);
    const back = await browser.visit(beginning({ transport: 'bearer', codeChallenge: challenge }));
    return api.post('/api/auth/google/token', { body: { code: codeOf(back), codeVerifier: verifier } });
  }

  it('leads a browser to Google and back, signed in by cookies, with an account made for it', async () => {
    const { email } = google.newcomer({ name: ' Grace\u0007 Hopper ' });
    const browser = browserFor(api, google);
    const { address, last, answers } = await browser.visit(
      beginning({ returnTo: `${application}/welcome?to=orders#top` }),
    );
    expect(address.href).toBe(`${application}/welcome?to=orders#top`);
    expect(answers.map(({ status }) => status)).toEqual([302, 302, 302]);
    expect(last.headers.get('cache-control')).toBe('no-store');
    const [cookie] = last.headers.getSetCookie().filter((line) => line.startsWith('__Host-gatehouse-access='));
    expect(cookie).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Strict/);

    const access = browser.cookie('shop.example', '__Host-gatehouse-access') ?? '';
    const { status, body } = await session(access);
    expect(status).toBe(200);
    expect(body.data).toMatchObject({ email, role: 'customer', session: { methods: ['google'], secondFactor: false } });
    expect(await users(email)).toMatchObject([{ name: 'Grace Hopper', password_hash: null, role: 'customer' }]);
    const refreshed = await browser.post(`${shop}/api/auth/refresh`, {
      body: {},
      headers: { origin: shop, 'x-csrf-token': browser.cookie('shop.example', '__Host-gatehouse-csrf') ?? '' },
    });
    expect(refreshed.status).toBe(200);
  });

  it('goes to PUBLIC_URL where nobody says where to, and takes a path as one of its own', async () => {
    google.newcomer();
    const browser = browserFor(api, google);
    expect((await browser.visit(beginning())).address.href).toBe(`${shop}/`);
    expect((await browser.visit(beginning({ returnTo: '/account?tab=1' }))).address.href).toBe(`${shop}/account?tab=1`);
    const { challenge } = newVerifier();
    const bearer = { transport: 'bearer', codeChallenge: challenge, returnTo: '/account?tab=1' };
    const { address } = await browser.visit(beginning(bearer));
    expect(address.href).toMatch(/^https:\/\/shop\.example\/account\?tab=1&code=[\w-]{43}$/);
  });

  it('gives a bearer client a code, and tokens for it', async () => {
    const { email } = google.newcomer();
    const answer = await signIn();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body.data).toMatchObject({ tokenType: 'Bearer', refreshToken: expect.stringMatching(/^[\w-]{43}$/) });
    expect((await session(answer.body.data.accessToken)).body.data.email).toBe(email);
  });

  it('asks for what it needs, and shows Google its access token in a header alone', async () => {
    google.newcomer();
    const { trail } = await browserFor(api, google).visit(beginning());
    const asked = new URL(trail[1] ?? '').searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      client_id: 'shop',
      redirect_uri: `${shop}/api/auth/google/callback`,
      response_type: 'code',
      scope: 'openid email profile',
      code_challenge_method: 'S256',
    });
    expect(google.lookups.at(-1)).toEqual({ url: '/userinfo', authorization: expect.stringMatching(/^Bearer \S+$/) });
  });

  it('signs somebody in to the account they have, and tells them by mail the first time', async () => {
    const { id, email, password } = await api.person('manager');
    google.newcomer({ email: email.toUpperCase() });
    const first = (await signIn()).body.data;
    expect((await session(first.accessToken)).body.data).toMatchObject({ userId: id, email, role: 'manager' });
    expect(await api.mailTo(email, 'Google was linked to your account')).toContain('unlink it');
    expect((await session((await signIn()).body.data.accessToken)).body.data.userId).toBe(id);
    expect((await api.post('/api/auth/login', { body: { email, password } })).status).toBe(200);
    expect(await api.database.query('SELECT FROM identities WHERE user_id = $1', [id])).toHaveLength(1);
  });

  it('has the linking in the trail, done by its user, without subject and address', async () => {
    const { id, email } = await api.person();
    const { sub } = google.newcomer({ email });
    await signIn();
    const entries = await api.database.query(
      "SELECT actor_id, changes FROM audit_entries WHERE resource = 'identity' AND action = 'identity.created' AND actor_id = $1",
      [id],
    );
    expect(entries).toHaveLength(1);
    expect(entries[0]?.['changes']).toMatchObject({ subject: ['[redacted]', '[redacted]'], user_id: [null, id] });
    expect(JSON.stringify(entries)).not.toContain(sub);
    expect(JSON.stringify(entries)).not.toContain(email);
  });

  it.each(['', 'bearer'])(
    'comes back with error=access_denied from whoever says no at Google (%s)',
    async (transport) => {
      google.newcomer();
      const browser = browserFor(api, google);
      const { challenge } = newVerifier();
      const kind = transport === '' ? {} : { transport, codeChallenge: challenge };
      const start = beginning({ ...kind, returnTo: `${application}/welcome` });
      const { address } = await browser.visit(start, { before: `${shop}/api/auth/google/callback` });
      address.searchParams.delete('code');
      address.searchParams.set('error', 'access_denied');
      const back = await browser.visit(address.href);
      expect(back.address.href).toBe(`${application}/welcome?error=access_denied`);
      expect((await browser.visit(address.href)).last.status).toBe(400);
    },
  );

  it('tells no more than server_error of what else Google may say', async () => {
    const browser = browserFor(api, google);
    const { address } = await browser.visit(beginning(), { before: `${shop}/api/auth/google/callback` });
    address.searchParams.set('error', '<script>');
    expect((await browser.visit(address.href)).address.href).toBe(`${shop}/?error=server_error`);
  });

  describe('when Google fails', () => {
    const failing = async () => {
      const { email } = google.newcomer();
      const { last } = await browserFor(api, google).visit(beginning());
      expect(last.body).toMatchObject({ status: 502, code: 'IDENTITY_PROVIDER_FAILED' });
      expect(last.headers.get('content-type')).toContain('application/problem+json');
      expect(last.headers.getSetCookie().filter((line) => line.includes('gatehouse-access'))).toEqual([]);
      expect(await users(email)).toEqual([]);
      return last.text;
    };

    it('is 502 while its endpoints cannot be reached', async () => {
      google.wire.cut();
      await failing();
    });

    it('is 502 within ten seconds while its endpoints say nothing', async () => {
      google.newcomer();
      const browser = browserFor(api, google);
      const { address } = await browser.visit(beginning(), { before: `${shop}/api/auth/google/callback` });
      google.wire.mute();
      const begun = performance.now();
      expect((await browser.visit(address.href)).last.body.code).toBe('IDENTITY_PROVIDER_FAILED');
      expect(performance.now() - begun).toBeLessThan(9_000);
    });

    it.each([
      ['refuses', { statusCode: 401, body: { error: 'invalid_client', error_description: 'the secret of the shop' } }],
      ['breaks down', { statusCode: 500, body: { error: { message: 'at /srv/google.js:1' } } }],
      ['gives no token', { statusCode: 200, body: {} }],
    ])('is 502 where the token endpoint %s, and nothing of its answer leaves us', async (_, answer) => {
      google.onToken = (sent) => Object.assign(sent, answer);
      expect(await failing()).not.toMatch(/secret|google\.js|invalid_client/);
    });

    it.each([
      ['breaks down', { statusCode: 500, body: {} }],
      ['says nothing of the subject', { body: { email: 'ada@example.com', email_verified: true } }],
      ['has a number for a subject', { body: { sub: 42, email: 'ada@example.com', email_verified: true } }],
      ['has a list for an address', { body: { sub: '42', email: ['ada@example.com'], email_verified: true } }],
      ['answers a list', { body: [] }],
      ['answers null', { body: null }],
      ['answers no JSON', { body: undefined }],
    ])('is 502 where userinfo %s', async (_, answer) => {
      google.onUserinfo = (sent) => Object.assign(sent, answer);
      await failing();
    });

    it('outlives a token endpoint that answers null', async () => {
      google.onToken = (sent) => Object.assign(sent, { body: null });
      await failing();
      google.mend();
      expect((await signIn()).status).toBe(200);
    });
  });

  describe('unlinking', () => {
    const unlink = (accessToken: string) => api.delete('/api/auth/google', { token: accessToken });
    const linked = async () => {
      const person = await api.person();
      google.newcomer({ email: person.email });
      return { ...person, accessToken: (await signIn()).body.data.accessToken };
    };

    it('ends the other sessions, renews this one, and tells by mail; Google signs in anew, and links anew', async () => {
      const { id, email, token: other, accessToken } = await linked();
      const answer = await unlink(accessToken);
      expect(answer.status).toBe(200);
      expect((await session(answer.body.data.accessToken)).status).toBe(200);
      for (const ended of [other, accessToken]) expect((await session(ended)).status).toBe(401);
      expect(await api.database.query('SELECT FROM identities WHERE user_id = $1', [id])).toEqual([]);
      expect(await api.mailTo(email, 'Google was unlinked from your account')).toContain('does not sign in');
      expect((await session((await signIn()).body.data.accessToken)).body.data.userId).toBe(id);
    });

    it('is 404 where nothing is linked', async () => {
      const { token: own } = await api.person();
      const answer = await unlink(own);
      expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
      expect((await session(own)).status).toBe(200);
    });

    it('is 409 where nothing else would be left to sign in with, until a password is set', async () => {
      const { email } = google.newcomer();
      const { accessToken } = (await signIn()).body.data;
      const refused = await unlink(accessToken);
      expect([refused.status, refused.body.code]).toEqual([409, 'LAST_SIGN_IN_METHOD']);
      expect((await session(accessToken)).status).toBe(200);

      await api.post('/api/auth/password/forgot', { body: { email } });
      const mailed = tokenIn(await api.mailTo(email, 'Choose a new password'));
      const password = 'correct horse battery';
      expect((await api.post('/api/auth/password/reset', { body: { token: mailed, password } })).status).toBe(204);
      expect((await unlink((await signIn()).body.data.accessToken)).status).toBe(200);
      expect((await api.post('/api/auth/login', { body: { email, password } })).status).toBe(200);
    });

    it('needs a sign-in of the last five minutes', async () => {
      const { accessToken } = await linked();
      api.clock.advance(301_000);
      const answer = await unlink(accessToken);
      expect([answer.status, answer.body.required]).toEqual([403, { recentSignIn: { maxAgeSeconds: 300 } }]);
    });
  });

  it('is in the document, which says where to exchange a code', async () => {
    const { paths } = (await api.get('/docs-json')).body;
    const documented = Object.keys(paths).filter((path) => path.startsWith('/api/auth/google'));
    expect(documented.sort()).toEqual(['/api/auth/google', '/api/auth/google/callback', '/api/auth/google/token']);
    expect(paths['/api/auth/google/callback'].get.description).toContain('POST /api/auth/google/token');
  });

  it('answers what is not acceptable with 400 that names the field', async () => {
    const { challenge } = newVerifier();
    for (const [query, field] of [
      ['transport=pigeon', 'transport'],
      ['transport=bearer', 'codeChallenge'],
      ['transport=bearer&codeChallenge=short', 'codeChallenge'],
      [`codeChallenge=${challenge}&codeChallenge=${challenge}`, 'codeChallenge'],
      ['returnTo=/a&returnTo=/b', 'returnTo'],
      ['state=mine', 'state'],
    ]) {
      const { status, body, headers } = await api.get(`/api/auth/google?${query}`);
      expect([query, status, body.errors?.[0].field]).toEqual([query, 400, field]);
      expect(headers.getSetCookie()).toEqual([]);
    }
    for (const body of [{}, { code: 1 }, { code: 'short' }, { code: 'x'.repeat(43), codeVerifier: 'short' }]) {
      expect((await api.post('/api/auth/google/token', { body })).body.code).toBe('VALIDATION_FAILED');
    }
  });
});

describe('without a Google client', () => {
  it('has no route for Google, neither served nor documented', async () => {
    const api = await startApi();
    try {
      const { token: own } = await api.person();
      for (const path of ['/api/auth/google', '/api/auth/google/callback?state=x&code=y']) {
        expect((await api.get(path)).body).toMatchObject({ status: 404, code: 'NOT_FOUND' });
      }
      expect((await api.post('/api/auth/google/token', { body: {} })).status).toBe(404);
      expect((await api.delete('/api/auth/google', { token: own })).status).toBe(404);
      const served = api.app.get(ServedRoutes).routes();
      expect(served.filter(({ path }) => path.includes('google'))).toEqual([]);
      expect((await api.get('/docs-json')).text).not.toContain('google/');
    } finally {
      await api.close();
    }
  });
});
