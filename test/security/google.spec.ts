import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../kit/api.js';
import { accessCookie, beginning, callback, flowCookie } from '../kit/google.js';
import { codeIn, GoogleStage } from '../kit/google-stage.js';

describe('a callback of Google that is forged, stolen or seen before', () => {
  const stage = new GoogleStage();
  const { google, atTheDoor, count, sessions, refused } = stage;
  let api: Api;
  beforeAll(async () => {
    api = await stage.start();
  });
  afterEach(() => google.mend());
  afterAll(() => stage.stop());

  describe('the state', () => {
    it('S26 a callback without state, or with half of one, signs nobody in and asks Google nothing', async () => {
      google.newcomer();
      const [before, asked] = [await sessions(), google.exchanges.length];
      const browser = stage.browser();
      const { searchParams } = await atTheDoor(browser);
      const [code, state] = [searchParams.get('code') ?? '', searchParams.get('state') ?? ''];
      for (const query of [
        `code=${code}`,
        `code=${code}&state=`,
        `code=${code}&state=${state.slice(0, -1)}`,
        `code=${code}&state=${state}&state=${state}`,
        `code=${code}&state[]=${state}`,
        `code=${code}&state=${'x'.repeat(state.length)}`,
        '',
        'error=access_denied',
      ]) {
        await refused((await browser.visit(`${callback}?${query}`)).last, 400, 'OAUTH_STATE_INVALID', before);
      }
      expect(google.exchanges).toHaveLength(asked);
      // What was tried didn't take the sign-in under way from the browser that began it.
      expect((await browser.visit(`${callback}?code=${code}&state=${state}`)).last.status).toBe(302);
    });

    it("S26 a link to an attacker's own callback signs nobody in as the attacker", async () => {
      google.newcomer();
      const before = await sessions();
      const link = await atTheDoor(stage.browser());
      const idle = stage.browser();
      await refused((await idle.visit(link.href)).last, 400, 'OAUTH_STATE_INVALID', before);
      const underWay = stage.browser();
      const own = await atTheDoor(underWay);
      await refused((await underWay.visit(link.href)).last, 400, 'OAUTH_STATE_INVALID', before);
      expect((await underWay.visit(own.href)).last.status).toBe(302);
      expect(underWay.cookie('shop.example', accessCookie)).toBeDefined();
    });

    it('S26 a callback that was seen is worth nothing a second time, cookie and all', async () => {
      google.newcomer();
      const browser = stage.browser();
      const door = await atTheDoor(browser);
      const cookie = browser.cookie('shop.example', flowCookie) ?? '';
      expect((await browser.visit(door.href)).last.status).toBe(302);
      expect(browser.cookie('shop.example', flowCookie)).toBeUndefined();
      const before = await sessions();

      const thief = stage.browser();
      thief.plant('shop.example', flowCookie, cookie);
      await refused((await thief.visit(door.href)).last, 400, 'OAUTH_STATE_INVALID', before);
      // Nor with a code that Google has yet to see.
      const fresh = codeIn(await atTheDoor(stage.browser()));
      door.searchParams.set('code', fresh);
      await refused((await thief.visit(door.href)).last, 400, 'OAUTH_STATE_INVALID', before);
    });

    it('S26 a state that came back with an error, or with a code that Google refused, is used up', async () => {
      google.newcomer();
      for (const [answer, status] of [
        ['error=access_denied', 302],
        ['code=unknown', 400],
        ['code=', 400],
        ['nothing=', 400],
      ] as const) {
        const browser = stage.browser();
        const door = await atTheDoor(browser);
        const cookie = browser.cookie('shop.example', flowCookie) ?? '';
        const first = await browser.visit(`${callback}?state=${door.searchParams.get('state')}&${answer}`);
        expect([answer, first.last.status]).toEqual([answer, status]);
        browser.plant('shop.example', flowCookie, cookie);
        const before = await sessions();
        await refused((await browser.visit(door.href)).last, 400, 'OAUTH_STATE_INVALID', before);
      }
    });

    it('S26 a sign-in that took longer than ten minutes is over', async () => {
      google.newcomer();
      const browser = stage.browser();
      const slow = await atTheDoor(browser);
      api.clock.advance(600_000);
      await refused((await browser.visit(slow.href)).last, 400, 'OAUTH_STATE_INVALID', await sessions());
      const inTime = await atTheDoor(browser);
      api.clock.advance(599_000);
      expect((await browser.visit(inTime.href)).last.status).toBe(302);
    });

    it('S26 a cookie that was made, changed or taken from elsewhere is none', async () => {
      google.newcomer();
      const before = await sessions();
      const browser = stage.browser();
      const door = await atTheDoor(browser);
      const cookie = browser.cookie('shop.example', flowCookie) ?? '';
      const [head = '', , nonce, text = '', tag] = cookie.split('.');
      const state = { google: { state: { handle: door.searchParams.get('state'), code_verifier: 'x'.repeat(43) } } };
      const made = { session: state, returnTo: 'https://evil.example/', transport: 'cookie', exp: 9_999_999_999 };
      const bytes = Buffer.from(text, 'base64url');
      bytes[5] = (bytes[5] ?? 0) ^ 1;
      const plain = (header: object) => Buffer.from(JSON.stringify(header)).toString('base64url');
      for (const forged of [
        '',
        'nonsense',
        plain(made),
        `${plain({ alg: 'none' })}.${plain(made)}.`,
        [head, '', nonce, bytes.toString('base64url'), tag].join('.'),
        [head, '', nonce, text, 'A'.repeat(22)].join('.'),
        [plain({ alg: 'dir', enc: 'A128CBC-HS256' }), '', nonce, text, tag].join('.'),
      ]) {
        browser.plant('shop.example', flowCookie, forged);
        await refused((await browser.visit(door.href)).last, 400, 'OAUTH_STATE_INVALID', before);
      }
      browser.plant('shop.example', flowCookie, cookie);
      expect((await browser.visit(door.href)).last.status).toBe(302);
    });

    it('S26 the cookie tells its bearer neither verifier nor state, and is for HTTPS and no script', async () => {
      const { headers } = await api.get('/api/auth/google');
      const [line = ''] = headers.getSetCookie();
      expect(line).toMatch(/^__Host-gatehouse-oauth=[\w.-]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
      const state = new URL(headers.get('location') ?? '').searchParams.get('state') ?? '';
      expect(state).toMatch(/^\w{24}$/);
      const parts = line.split(/[=;]/)[1]?.split('.') ?? [];
      expect(parts.map((part) => Buffer.from(part, 'base64url').toString()).join()).not.toContain(state);
      expect(await count('used_oauth_states WHERE hash IS NULL OR length(hash) <> 32')).toBe(0);
    });
  });

  describe('PKCE', () => {
    it('S26 Google is shown the verifier of its challenge, by S256', async () => {
      google.newcomer();
      await stage.browser().visit(beginning());
      const { code_verifier: verifier } = google.exchanges.at(-1);
      expect(verifier).toMatch(/^[\w-]{43}$/);
      expect(google.challenges.at(-1)).toBe(createHash('sha256').update(verifier).digest('base64url'));
    });

    it("S26 a code that was stolen from another's callback is refused in the thief's own sign-in", async () => {
      google.newcomer();
      const stolen = codeIn(await atTheDoor(stage.browser()));
      const thief = stage.browser();
      const door = await atTheDoor(thief);
      door.searchParams.set('code', stolen);
      await refused((await thief.visit(door.href)).last, 400, 'OAUTH_STATE_INVALID', await sessions());
    });
  });
});
