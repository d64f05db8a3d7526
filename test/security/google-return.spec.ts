import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../kit/api.js';
import { enrolled } from '../kit/authenticator.js';
import { accessCookie, application, beginning, newVerifier, shop, verifierCookie } from '../kit/google.js';
import { codeOf, GoogleStage } from '../kit/google-stage.js';

const password = 'correct horse battery';

describe('what comes back from Google in an address line', () => {
  const stage = new GoogleStage();
  const { google, sessions, refused } = stage;
  let api: Api;
  beforeAll(async () => {
    api = await stage.start();
  });
  afterEach(() => google.mend());
  afterAll(() => stage.stop());

  describe('where it leads', () => {
    it.each([
      'https://evil.example/',
      'https://evil.example/https://shop.example/',
      '//evil.example',
      '///evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      '/\t/evil.example',
      '/\n/evil.example',
      ' //evil.example',
      'https:evil.example',
      'https:/\\evil.example',
      'https://shop.example@evil.example/',
      'https://shop.example:x@evil.example/',
      'https://ada@shop.example/',
      'https://ada:secret@shop.example/',
      'https://shop.example.evil.example/',
      'https://evilshop.example/',
      'https://shop.example:8443/',
      'https://shop.example\\@evil.example/',
      'https://evil.example#@shop.example/',
      'https://evil.example?.shop.example',
      'https://shop.examp\u217ce/',
      'https://shop\u3002example.evil.example/',
      'http://shop.example/',
      'http://app.example/',
      'javascript:alert(1)',
      'javascript://shop.example/%0aalert(1)',
      'data:text/html,x',
      'blob:https://shop.example/x',
      'file:///etc/passwd',
      'null',
      '',
      `/${'a'.repeat(1_024)}`,
    ])('S28 nobody is sent on to %j', async (returnTo) => {
      const answer = await api.get(`/api/auth/google?${new URLSearchParams({ returnTo }).toString()}`);
      expect(answer.body).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
      expect(answer.body.errors[0].field).toBe('returnTo');
      expect(answer.headers.getSetCookie()).toEqual([]);
    });

    it.each([`${shop}/a?b=c#d`, application, `${application}/x`, '/orders', 'HTTPS://SHOP.EXAMPLE/'])(
      'S28 %s is where somebody may go',
      async (returnTo) => {
        google.newcomer();
        const { address } = await stage.browser().visit(beginning({ returnTo }));
        expect([shop, application]).toContain(address.origin);
      },
    );

    it('S28 no token of ours or of Google stands in any address, and no address is told on', async () => {
      google.newcomer();
      const browser = stage.browser();
      const byCookie = await browser.visit(beginning());
      const { verifier, challenge } = newVerifier();
      const byCode = await browser.visit(beginning({ transport: 'bearer', codeChallenge: challenge }));
      const body = { code: codeOf(byCode), codeVerifier: verifier };
      const { accessToken, refreshToken } = (await api.post('/api/auth/google/token', { body })).body.data;
      const addresses = [...byCookie.trail, ...byCode.trail].join('\n');
      const secrets = [
        accessToken,
        refreshToken,
        verifier,
        browser.cookie('shop.example', accessCookie),
        browser.cookie('shop.example', '__Host-gatehouse-refresh'),
        google.lookups.at(-1)?.authorization?.slice('Bearer '.length),
      ];
      for (const secret of secrets) {
        expect(secret?.length).toBeGreaterThan(40);
        expect(addresses).not.toContain(secret);
      }
      expect(addresses).not.toMatch(/eyJ[\w-]+\./);
      for (const { headers, status } of [...byCookie.answers, ...byCode.answers]) {
        const fromUs = headers.get('x-request-id') !== null;
        if (fromUs) expect([status, headers.get('referrer-policy')]).toEqual([302, 'no-referrer']);
      }
    });
  });

  describe('the code', () => {
    const begun = async () => {
      google.newcomer();
      const { verifier, challenge } = newVerifier();
      const back = await stage.browser().visit(beginning({ transport: 'bearer', codeChallenge: challenge }));
      return { code: codeOf(back), verifier };
    };
    const exchange = (code: string, codeVerifier?: string) =>
      api.post('/api/auth/google/token', { body: { code, ...(codeVerifier === undefined ? {} : { codeVerifier }) } });

    it('S28 is worth nothing to whoever reads it in the address line', async () => {
      const { code, verifier } = await begun();
      const before = await sessions();
      await refused(await exchange(code), 400, 'TOKEN_NOT_USABLE', before);
      await refused(await exchange(code, newVerifier().verifier), 400, 'TOKEN_NOT_USABLE', before);
      await refused(
        await exchange(code, createHash('sha256').update(verifier).digest('base64url')),
        400,
        'TOKEN_NOT_USABLE',
        before,
      );
      expect((await exchange(code, verifier)).status).toBe(200);
    });

    it('S28 is exchanged once, and within a minute', async () => {
      const { code, verifier } = await begun();
      expect((await exchange(code, verifier)).status).toBe(200);
      const before = await sessions();
      await refused(await exchange(code, verifier), 400, 'TOKEN_NOT_USABLE', before);
      const late = await begun();
      api.clock.advance(60_000);
      await refused(await exchange(late.code, late.verifier), 400, 'TOKEN_NOT_USABLE', before);
      const inTime = await begun();
      api.clock.advance(59_000);
      expect((await exchange(inTime.code, inTime.verifier)).status).toBe(200);
    });

    it('S28 of a browser is worth nothing in another one, nor to another site', async () => {
      // Who has an authenticator comes back with a code, by cookies too.
      google.newcomer({ email: (await enrolled(api)).email });
      const browser = stage.browser();
      const back = await browser.visit(beginning());
      const token = `${shop}/api/auth/google/token`;
      const body = { code: codeOf(back) };
      const other = stage.browser();
      other.plant('shop.example', verifierCookie, newVerifier().verifier);
      expect((await other.post(token, { body })).body.code).toBe('TOKEN_NOT_USABLE');
      const evil = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
      expect((await browser.post(token, { body, headers: evil })).body.code).toBe('CSRF_PROOF_MISSING');
      const [cookie] = back.last.headers.getSetCookie().filter((line) => line.startsWith(verifierCookie));
      expect(cookie).toMatch(/; Max-Age=60; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
      expect((await browser.post(token, { body, headers: { origin: shop } })).status).toBe(200);
    });

    it('S8 dies with the sessions of its user, and with the link to Google', async () => {
      const person = await api.person();
      const codeFor = async () => {
        google.newcomer({ sub: `sub-of-${person.id}`, email: person.email });
        const { verifier, challenge } = newVerifier();
        const back = await stage.browser().visit(beginning({ transport: 'bearer', codeChallenge: challenge }));
        return { code: codeOf(back), verifier };
      };
      const first = await codeFor();
      const { token } = await signedInAgain(person.email);
      expect((await api.delete('/api/auth/google', { token })).status).toBe(200);
      expect((await exchange(first.code, first.verifier)).body.code).toBe('TOKEN_NOT_USABLE');
      const second = await codeFor();
      const again = await signedInAgain(person.email);
      expect((await api.delete('/api/auth/sessions', { token: again.token })).status).toBe(204);
      expect((await exchange(second.code, second.verifier)).body.code).toBe('TOKEN_NOT_USABLE');
    });

    async function signedInAgain(email: string): Promise<{ token: string }> {
      const { body } = await api.post('/api/auth/login', { body: { email, password } });
      return { token: body.data.accessToken };
    }

    it('S10 the database holds neither a code nor a state that anybody could use', async () => {
      const { code, verifier } = await begun();
      const dump = JSON.stringify([
        await api.database.query(
          "SELECT encode(hash, 'hex') AS hash, encode(challenge, 'hex') AS challenge FROM sign_in_codes",
        ),
        await api.database.query("SELECT encode(hash, 'hex') AS hash FROM used_oauth_states"),
      ]);
      expect(dump).toContain(createHash('sha256').update(code).digest('hex'));
      for (const secret of [code, verifier, Buffer.from(code).toString('hex'), Buffer.from(verifier).toString('hex')]) {
        expect(dump).not.toContain(secret);
      }
    });
  });
});
