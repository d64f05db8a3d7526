import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import { cookieNames, cookieSession, cookiesOf, signInWithCookies } from '../kit/cookies.js';
import { type Answer, sendVerbatim } from '../kit/http-client.js';

const own = 'http://localhost:3000';
const allowed = 'https://app.example';
const refused = (answer: Answer) => [answer.status, answer.body.code];
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

describe('a session in cookies', () => {
  let api: Api;
  let person: Person;
  beforeAll(async () => {
    api = await startApi({ environment: { ALLOWED_ORIGINS: allowed } });
    api.clock.hold();
    person = await api.person('support');
  });
  afterAll(() => api.close());

  const rename = (headers: Record<string, string>, name = 'Renamed') =>
    api.patch('/api/users/me', { headers, body: { name } });
  const session = (headers: Record<string, string>) => api.get('/api/auth/session', { headers });
  const refresh = (headers: Record<string, string>, body: object = {}) =>
    api.post('/api/auth/refresh', { headers, body });

  it('S12 is set for this host alone, over TLS, for its own site, and out of reach of scripts', async () => {
    const { answer } = await signInWithCookies(api, person);
    expect(answer.status).toBe(200);
    const cookies = cookiesOf(answer);
    expect(Object.keys(cookies).sort()).toEqual(Object.values(cookieNames).sort());
    const { access, refresh: refreshing, csrf } = cookieNames;
    const common = { path: '/', secure: '', samesite: 'Strict' };
    expect(cookies[access]?.attributes).toEqual({
      ...common,
      httponly: '',
      'max-age': expect.stringMatching(/^(899|900)$/),
    });
    expect(cookies[refreshing]?.attributes).toEqual({ ...common, httponly: '', 'max-age': '604800' });
    // The page reads this one: it proves nothing without the others.
    expect(cookies[csrf]?.attributes).toEqual({ ...common, 'max-age': '604800' });
  });

  it('S12 keeps its tokens out of the body, and the permissions out of its token', async () => {
    const { answer, access, refresh: refreshing, csrf } = await signInWithCookies(api, person);
    expect(answer.body.data).toEqual({ tokenType: 'Cookie', csrfToken: csrf, expiresAt: expect.any(String) });
    for (const secret of [access, refreshing]) expect(answer.text).not.toContain(secret);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(claimsOf(access)).not.toHaveProperty('permissions');
    expect(claimsOf(person.token).permissions).toContain('read:user');
  });

  it('sets no cookie where none was asked for', async () => {
    const { email, password } = person;
    for (const transport of [undefined, 'bearer']) {
      const answer = await api.post('/api/auth/login', { body: { email, password, transport } });
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([200, []]);
    }
    const unknown = await api.post('/api/auth/login', { body: { email, password, transport: 'Cookie' } });
    expect([unknown.status, unknown.body.errors[0].field]).toEqual([400, 'transport']);
  });

  it('S12 changes nothing without the proof that a page of its own asks', async () => {
    const [mine, mineToo] = [await signInWithCookies(api, person), await signInWithCookies(api, person)];
    const theirs = await signInWithCookies(api, await api.person());
    const { cookie, csrf } = mine;
    for (const proof of [
      {},
      { 'x-csrf-token': '' },
      { 'x-csrf-token': 'a'.repeat(csrf.length) },
      { 'x-csrf-token': csrf.slice(0, -1) },
      { 'x-csrf-token': `${csrf}, ${csrf}` },
      { 'x-csrf-token': mineToo.csrf },
      { 'x-csrf-token': theirs.csrf },
      { 'x-csrf-token': theirs.csrf, cookie: cookie.replace(csrf, theirs.csrf) },
      { 'x-xsrf-token': csrf, 'csrf-token': csrf },
      { 'x-http-method-override': 'GET', 'x-method-override': 'GET' },
    ]) {
      const headers: Record<string, string> = { cookie, ...proof };
      expect(refused(await rename(headers, 'Forged'))).toEqual([403, 'CSRF_PROOF_MISSING']);
      for (const [method, path] of [
        ['post', '/api/auth/logout'],
        ['delete', '/api/auth/sessions'],
        ['post', `/api/auth/logout?x-csrf-token=${csrf}`],
        ['delete', '/api/users/me'],
        ['post', '/api/orders'],
      ] as const) {
        expect([path, ...refused(await api[method](path, { headers }))]).toEqual([path, 403, 'CSRF_PROOF_MISSING']);
      }
    }
    const still = await api.get('/api/users/me', { headers: mine.own });
    expect([still.status, still.body.data.name]).toEqual([200, 'Test support']);
    expect((await rename(mine.own, 'Test support')).status).toBe(200);
  });

  it("S12 is refused to other origins' pages though they knew the token, and served to its own and allowed ones", async () => {
    const mine = await signInWithCookies(api, person);
    const from = (headers: Record<string, string>) => rename({ ...mine.own, ...headers }, 'Test support');
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: '' },
      { origin: `${own}.evil.example` },
      { origin: `${own}/` },
      { origin: 'https://localhost:3000' },
      { origin: 'http://localhost:3001' },
      { origin: `${own}, https://evil.example` },
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      { origin: 'https://evil.app.example', 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'Same-Origin' },
      { 'sec-fetch-site': 'same-origin, cross-site' },
      { 'sec-fetch-site': '' },
      { 'sec-fetch-site': 'whatever' },
    ]) {
      expect([headers, ...refused(await from(headers))]).toEqual([headers, 403, 'CSRF_PROOF_MISSING']);
    }
    for (const headers of [
      {},
      { origin: own },
      { origin: own, 'sec-fetch-site': 'same-origin' },
      { origin: allowed, 'sec-fetch-site': 'cross-site' },
      // Reached under another name than PUBLIC_URL, by a page from there: no page can claim this of itself.
      { origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
    ]) {
      expect([headers, (await from(headers)).status]).toEqual([headers, 200]);
    }
  });

  it('S12 is read without proof, and by no script of another origin', async () => {
    const { cookie } = await signInWithCookies(api, person);
    for (const headers of [{ cookie }, { cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }]) {
      const answer = await session(headers);
      expect([answer.status, answer.body.data.userId]).toEqual([200, person.id]);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
    expect((await session({ cookie, origin: allowed })).headers.get('access-control-allow-origin')).toBe(allowed);
  });

  it('S11 and a different credential beside it are refused, and the same one twice is not', async () => {
    const mine = await signInWithCookies(api, person);
    const other = await api.person();
    for (const headers of [
      { cookie: mine.cookie, authorization: `Bearer ${other.token}` },
      { cookie: mine.cookie, authorization: `Bearer ${person.token}` },
      { cookie: mine.cookie, 'x-access-token': other.token },
      { cookie: `${mine.cookie}; ${cookieNames.access}=${other.token}` },
      { cookie: `${cookieNames.access}=${other.token}; ${mine.cookie}` },
    ]) {
      expect(refused(await session(headers))).toEqual([400, 'AMBIGUOUS_CREDENTIALS']);
    }
    const twice = await sendVerbatim(api.url, {
      path: '/api/auth/session',
      headers: { cookie: [mine.cookie, `${cookieNames.access}=${other.token}`] },
    });
    expect(refused(twice)).toEqual([400, 'AMBIGUOUS_CREDENTIALS']);
    const same = { cookie: `${mine.cookie}; ${cookieNames.access}=${mine.access}` };
    expect((await session({ ...same, authorization: `Bearer ${mine.access}` })).status).toBe(200);
    // Who can name the token in a header needs no other proof.
    const named = { cookie: mine.cookie, authorization: `Bearer ${mine.access}` };
    expect((await rename(named, 'Test support')).status).toBe(200);
  });

  it('S1 has no use for the refresh cookie as an access token, nor for cookies of another name', async () => {
    const mine = await signInWithCookies(api, person);
    for (const cookie of [
      `${cookieNames.access}=${mine.refresh}`,
      `${cookieNames.access}=`,
      `${cookieNames.refresh}=${mine.refresh}`,
      `gatehouse-access=${mine.access}`,
      `__host-gatehouse-access=${mine.access}`,
      `x${cookieNames.access}=${mine.access}`,
    ]) {
      expect([cookie, (await session({ cookie })).status]).toEqual([cookie, 401]);
    }
  });

  describe('that is refreshed', () => {
    it('S12 goes on in cookies, with the same proof', async () => {
      const first = await signInWithCookies(api, person);
      api.clock.advance(60_000);
      const second = cookieSession(await refresh(first.own));
      expect(second.answer.status).toBe(200);
      expect(second.answer.body.data).toEqual({
        tokenType: 'Cookie',
        csrfToken: first.csrf,
        expiresAt: expect.any(String),
      });
      expect(second.refresh).not.toBe(first.refresh);
      expect(cookiesOf(second.answer)[cookieNames.refresh]?.attributes['max-age']).toBe(String(604_800 - 60));
      expect((await rename(second.own, 'Test support')).status).toBe(200);
      expect((await refresh(second.own)).status).toBe(200);
      api.clock.advance(10_001);
      expect((await refresh(first.own)).status).toBe(401);
      expect((await session(second.own)).status).toBe(401);
    });

    it('S12 is not refreshed without proof, and nothing has happened to it then', async () => {
      const mine = await signInWithCookies(api, person);
      const theirs = await signInWithCookies(api, await api.person());
      for (const headers of [
        { cookie: mine.cookie },
        { cookie: mine.cookie, 'x-csrf-token': 'a'.repeat(43) },
        { ...mine.own, origin: 'https://evil.example' },
        { ...mine.own, 'sec-fetch-site': 'cross-site' },
        { ...mine.own, 'sec-fetch-site': 'same-site' },
        // A token of a session of the attacker's own, as a cookie and in the header.
        { cookie: mine.cookie.replace(mine.csrf, theirs.csrf), 'x-csrf-token': theirs.csrf },
      ]) {
        const answer = await refresh(headers);
        expect(refused(answer)).toEqual([403, 'CSRF_PROOF_MISSING']);
        expect(answer.headers.getSetCookie()).toEqual([]);
      }
      const next = cookieSession(await refresh(mine.own));
      expect((await refresh({ cookie: mine.cookie })).status).toBe(403);
      expect((await session(next.own)).status).toBe(200);
    });

    it('S11 is refused where a second refresh token comes in the body or in another cookie', async () => {
      const mine = await signInWithCookies(api, person);
      const { refreshToken } = await api.person();
      expect(refused(await refresh(mine.own, { refreshToken }))).toEqual([400, 'AMBIGUOUS_CREDENTIALS']);
      const doubled = { ...mine.own, cookie: `${mine.cookie}; ${cookieNames.refresh}=${refreshToken}` };
      expect(refused(await refresh(doubled))).toEqual([400, 'AMBIGUOUS_CREDENTIALS']);
      expect((await refresh(mine.own)).status).toBe(200);
      expect((await api.post('/api/auth/refresh', { body: { refreshToken } })).status).toBe(200);
    });

    it('S12 takes its refresh token the way it was given and no other', async () => {
      const mine = await signInWithCookies(api, person);
      // A page that sends its visitors the attacker's token would sign them in as the attacker.
      const planted = await refresh({ 'sec-fetch-site': 'cross-site' }, { refreshToken: mine.refresh });
      expect([planted.status, planted.headers.getSetCookie()]).toEqual([401, []]);
      expect((await refresh({}, { refreshToken: mine.refresh })).status).toBe(401);
      expect((await refresh(mine.own)).status).toBe(200);
      expect((await refresh({}, { refreshToken: mine.refresh })).status).toBe(401);
      expect((await session(mine.own)).status).toBe(200);

      const bearer = await api.person();
      const asCookie = await refresh({ cookie: `${cookieNames.refresh}=${bearer.refreshToken}` });
      expect(asCookie.status).toBe(401);
      expect((await refresh({}, { refreshToken: bearer.refreshToken })).status).toBe(200);
    });
  });

  it('S12 is not begun by a page of another origin, which would sign its visitors in as somebody else', async () => {
    const { email, password } = person;
    const body = { email, password, transport: 'cookie' };
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      const answer = await api.post('/api/auth/login', { body, headers });
      expect(refused(answer)).toEqual([403, 'CSRF_PROOF_MISSING']);
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']) {
      const raw = JSON.stringify(body);
      const posted = await api.post('/api/auth/login', { raw, headers: { 'content-type': type } });
      expect([posted.status, posted.headers.getSetCookie()]).toEqual([415, []]);
    }
    expect((await api.post('/api/auth/login', { body, headers: { origin: own } })).status).toBe(200);
  });

  it('S8 is over when it is signed out of, everywhere or here, and its cookies are taken back', async () => {
    for (const [method, path] of [
      ['post', () => '/api/auth/logout'],
      ['delete', () => '/api/auth/sessions'],
      ['delete', (id: string) => `/api/auth/sessions/${id}`],
    ] as const) {
      const mine = await signInWithCookies(api, person);
      const answer = await api[method](path(claimsOf(mine.access).sid), { headers: mine.own });
      expect(answer.status).toBe(204);
      const cookies = cookiesOf(answer);
      expect(Object.keys(cookies).sort()).toEqual(Object.values(cookieNames).sort());
      for (const { value, attributes } of Object.values(cookies)) {
        expect([value, attributes['path'], attributes['secure'], attributes['domain']]).toEqual([
          '',
          '/',
          '',
          undefined,
        ]);
        expect(new Date(attributes['expires'] ?? '').getTime()).toBe(0);
      }
      expect((await session(mine.own)).status).toBe(401);
      expect((await refresh(mine.own)).status).toBe(401);
    }
    const [mine, other] = [await signInWithCookies(api, person), await signInWithCookies(api, person)];
    const { sid } = claimsOf(other.access);
    const ended = await api.delete(`/api/auth/sessions/${sid}`, { headers: mine.own });
    expect([ended.status, ended.headers.getSetCookie()]).toEqual([204, []]);
  });

  it('S8 goes on in new cookies with a new proof when its password is changed, and the old ones are dead', async () => {
    const changing = await api.person();
    const before = await signInWithCookies(api, changing);
    const body = { currentPassword: changing.password, newPassword: 'another battery staple' };
    const after = cookieSession(await api.post('/api/auth/password/change', { headers: before.own, body }));
    expect(after.csrf).not.toBe(before.csrf);
    expect((await session(before.own)).status).toBe(401);
    expect((await refresh(before.own)).status).toBe(401);
    expect((await session(after.own)).status).toBe(200);
    const stale = await rename({ ...after.own, 'x-csrf-token': before.csrf });
    expect(refused(stale)).toEqual([403, 'CSRF_PROOF_MISSING']);
    expect((await rename(after.own)).status).toBe(200);
  });
});
