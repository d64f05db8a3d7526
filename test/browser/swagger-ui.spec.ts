import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';
import { startChromium } from '../kit/chromium.js';
import { cookieNames } from '../kit/cookies.js';
import { DocsPage } from '../kit/docs-page.js';
import type { Json } from '../kit/http-client.js';

describe('Swagger UI in a browser', () => {
  let api: Api;
  let browser: Browser;
  let docs: DocsPage;
  let operations: Json[];
  beforeAll(async () => {
    [api, browser] = await Promise.all([startApi(), startChromium()]);
    const { paths } = (await api.get('/docs-json')).body;
    operations = Object.values<Json>(paths).flatMap((item) => Object.values<Json>(item));
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });
  beforeEach(async () => {
    docs = await DocsPage.open(browser, api.url.replace('127.0.0.1', 'localhost'));
  });
  afterEach(async () => {
    const { troubles } = docs;
    await docs.close();
    // No error in the console, nothing that the page's policy forbids, nothing from elsewhere.
    expect(troubles).toEqual([]);
  });

  it('tells a stranger which calls are open, what the others want, and nothing that the document does not say', async () => {
    const open = operations.filter((operation) => operation['x-access'].public).length;
    await docs.says('Not signed in');
    expect(await docs.kinds()).toEqual({ open, unknown: operations.length - open });
    expect(await docs.marks('POST', '/api/auth/login')).toEqual([
      'open',
      ['anyone', '30 per 1 min and address', '10 per 1 min and account'],
    ]);
    expect(await docs.marks('GET', '/api/orders/{id}')).toEqual(['unknown', ['wants a sign-in', 'own or read:order']]);
    expect(await docs.marks('POST', '/api/auth/mfa/disable')).toEqual([
      'unknown',
      ['wants a sign-in', 'second factor', 'sign-in within 5 min'],
    ]);
    expect(docs.calls).toEqual([]);
  });

  it('takes a sign-in and its token as README tells, marks what they may, and calls as them', async () => {
    const { email, password } = await api.person();
    const { status, text } = await docs.execute('POST', '/api/auth/login', { email, password });
    expect(status).toBe(200);
    const [, token = ''] = /"accessToken": "([^"]+)"/.exec(text) ?? [];
    await docs.authorize(token);
    await docs.says(`You are ${email} (customer)`);
    expect(await docs.marks('GET', '/api/orders')).toEqual(['yes', ['you may']]);
    expect(await docs.marks('GET', '/api/orders/{id}')).toEqual(['own', ['only your own', 'own or read:order']]);
    expect(await docs.marks('POST', '/api/products')).toEqual([
      'no',
      ['refused: you lack create:product', 'create:product'],
    ]);
    expect(await docs.marks('GET', '/api/users')).toEqual(['no', ['refused: you lack role admin', 'role admin']]);
    expect((await docs.execute('GET', '/api/users/me')).text).toContain(email);
    expect((await docs.execute('GET', '/api/users')).status).toBe(403);
    // The browser says so of every answer that is no success.
    expect(docs.troubles.splice(0)).toEqual([expect.stringContaining('403 (Forbidden)')]);
  });

  it('marks anew for whoever authorizes next, and for nobody once they leave', async () => {
    const [customer, admin] = [await api.person(), await api.person('admin')];
    await docs.authorize(customer.token);
    await docs.says('(customer)');
    const before = await docs.kinds();
    await docs.authorize(admin.token);
    await docs.says('(admin)');
    expect(await docs.marks('POST', '/api/products')).toEqual(['yes', ['you may', 'create:product']]);
    const after = await docs.kinds();
    expect(after['no'] ?? 0).toBeLessThan(before['no'] ?? 0);
    // What stays refused to a fresh admin wants a second factor.
    expect(await docs.marks('POST', '/api/auth/mfa/disable')).toEqual([
      'no',
      ['refused: you lack second factor', 'second factor', 'sign-in within 5 min'],
    ]);
    await docs.page.reload();
    await docs.says('(admin)');
    await docs.page.evaluate('ui.authActions.logout(["bearer"])');
    await docs.says('Not signed in');
  });

  it('says that a sign-in has ended, and what a time brings on its own', async () => {
    const { token } = await api.person();
    await docs.authorize(token);
    await docs.says('(customer)');
    expect(await docs.marks('DELETE', '/api/users/me')).toEqual(['yes', ['you may', 'sign-in within 5 min']]);
    api.clock.advance(301_000);
    await docs.execute('GET', '/api/users/me');
    await docs.page.locator('.access-no', { hasText: 'sign-in within 5 min' }).first().waitFor();
    expect((await docs.execute('POST', '/api/auth/logout')).status).toBe(204);
    await docs.says('has ended');
    expect(docs.troubles.splice(0)).toEqual([expect.stringContaining('401 (Unauthorized)')]);
  });

  it('S12 takes a sign-in by cookies, which the browser keeps from scripts, and proves each call that changes something', async () => {
    const { email, password } = await api.person();
    const { status, text } = await docs.execute('POST', '/api/auth/login', { email, password, transport: 'cookie' });
    expect([status, text]).toEqual([200, expect.not.stringContaining('accessToken')]);
    await docs.says(`You are ${email}`);
    const kept = await docs.page.context().cookies();
    expect(kept.map(({ name, httpOnly, secure, sameSite }) => ({ name, httpOnly, secure, sameSite }))).toEqual(
      expect.arrayContaining([
        { name: cookieNames.access, httpOnly: true, secure: true, sameSite: 'Strict' },
        { name: cookieNames.refresh, httpOnly: true, secure: true, sameSite: 'Strict' },
        { name: cookieNames.csrf, httpOnly: false, secure: true, sameSite: 'Strict' },
      ]),
    );
    expect((await docs.execute('PATCH', '/api/users/me', { name: 'Ada of the cookies' })).status).toBe(200);
    // A token that is pasted is the one caller then: the cookies stay at home.
    const admin = await api.person('admin');
    await docs.authorize(admin.token);
    await docs.says(`You are ${admin.email}`);
    expect((await docs.execute('GET', '/api/users/me')).text).toContain(admin.email);
    await docs.page.evaluate('ui.authActions.logout(["bearer"])');
    await docs.says(`You are ${email}`);
    expect((await docs.execute('POST', '/api/auth/logout')).status).toBe(204);
    await docs.says('Not signed in');
  });

  it.each([1280, 390])('can be read at a width of %i', async (width) => {
    await docs.authorize((await api.person('support')).token);
    await docs.says('(support)');
    await docs.page.setViewportSize({ width, height: 844 });
    const overflow = await docs.page.evaluate(
      `[...document.querySelectorAll('.access-mark, .access-banner, .opblock-summary-path, .opblock-summary-description')]
        .filter((one) => one.getBoundingClientRect().right > innerWidth).map((one) => one.textContent)`,
    );
    expect(overflow).toEqual([]);
    expect(await docs.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  });
});
