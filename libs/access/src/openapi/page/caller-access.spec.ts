import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { askAfterCalls, asOneCaller, callerAccess } from './caller-access.js';
import type { CallerAccess, PageRequest, SwaggerUi } from './swagger-ui.js';

const access = { askAt: '/api/access/mine', csrfCookie: 'csrf', csrfHeader: 'x-csrf-token' };
const answer = {
  email: 'u@example.com',
  role: 'customer',
  calls: [{ method: 'GET', path: '/things/:id/of/:other', verdict: 'own', inWords: ['own'] }],
};

const settled = () => vi.runAllTimersAsync();

/** Swagger UI and the browser, as far as the plugin sees them. */
function page() {
  const browser = { document: { cookie: '' } };
  const asked: {
    address: string;
    request: object;
    answers: (ok: boolean, data?: object) => void;
    fails: () => void;
  }[] = [];
  let authorized: { getIn: (path: readonly string[]) => unknown } | undefined;
  let changed = () => {};
  const plugin = callerAccess();
  const own = (plugin.rootInjects as { callerAccess: CallerAccess }).callerAccess;
  const ui: SwaggerUi = {
    callerAccess: own,
    React: { createElement: () => undefined, useSyncExternalStore: (_, read) => read() },
    specSelectors: { specJson: () => ({ getIn: () => undefined }) },
    authSelectors: { authorized: () => authorized },
    getConfigs: () => ({ access }),
    getStore: () => ({
      subscribe: (listener) => {
        changed = listener;
      },
    }),
  };
  vi.stubGlobal('window', Object.assign(browser, { ui }));
  vi.stubGlobal('fetch', (address: string, request: object) => {
    return new Promise((resolve, reject) => {
      const answers = (ok: boolean, data: object = answer) => resolve({ ok, json: () => Promise.resolve({ data }) });
      asked.push({ address, request, answers, fails: () => reject(new Error('away')) });
    });
  });
  const authorize = (token?: string) => {
    const values = { bearer: { value: token } } as Record<string, Record<string, unknown>>;
    authorized = token === undefined ? undefined : { getIn: ([name = '', key = '']) => values[name]?.[key] };
    changed();
  };
  const load = async () => {
    plugin.afterLoad?.(ui);
    await settled();
  };
  return { load, own, ui, asked, browser, authorize };
}

describe('what the page knows of its caller', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
  it('is nothing before anybody has signed in, and nobody is asked', async () => {
    const { load, own, asked } = page();
    await load();
    expect([own.read(), asked]).toEqual([{ state: 'anonymous' }, []]);
  });

  it('is asked with the token that was pasted, without cookies, and named as the document does', async () => {
    const { load, own, asked, authorize } = page();
    await load();
    const heard = vi.fn();
    const leave = own.subscribe(heard);
    authorize('t');
    await settled();
    expect(asked).toMatchObject([
      { address: '/api/access/mine', request: { credentials: 'omit', headers: { authorization: 'Bearer t' } } },
    ]);
    asked[0]?.answers(true);
    await settled();
    expect(own.read()).toEqual({
      state: 'known',
      email: 'u@example.com',
      role: 'customer',
      calls: { 'GET /things/{id}/of/{other}': answer.calls[0] },
    });
    expect(heard).toHaveBeenCalledTimes(1);
    leave();
    authorize();
    await settled();
    expect([own.read(), heard.mock.calls.length]).toEqual([{ state: 'anonymous' }, 1]);
  });

  it('is asked with the cookies where their proof lies, and not again while nothing has changed', async () => {
    const { load, own, asked, browser, authorize } = page();
    browser.document.cookie = 'csrf=proof';
    await load();
    expect(asked.map(({ request }) => request)).toEqual([{}]);
    authorize();
    await settled();
    expect(asked).toHaveLength(1);
    own.ask();
    await settled();
    expect(asked.map(({ request }) => request)).toEqual([{}, {}]);
  });

  it('is that a sign-in has ended where the server says so or is away', async () => {
    const { load, own, asked, authorize } = page();
    await load();
    authorize('old');
    await settled();
    asked[0]?.answers(false);
    await settled();
    expect(own.read()).toEqual({ state: 'ended' });
    authorize();
    authorize('new');
    await settled();
    asked.at(-1)?.fails();
    await settled();
    expect(own.read()).toEqual({ state: 'ended' });
  });

  it('is the last answer that was asked for, whichever comes first', async () => {
    const { load, own, asked, authorize } = page();
    await load();
    authorize('first');
    await settled();
    authorize('second');
    await settled();
    asked[1]?.answers(true, { ...answer, email: 'second' });
    await settled();
    asked[0]?.answers(true, { ...answer, email: 'first' });
    await settled();
    expect(own.read().email).toBe('second');
  });

  it('is asked anew after every call that the page has sent', () => {
    const { ui, own } = page();
    const ask = vi.spyOn(own, 'ask').mockReturnValue();
    const { spec } = askAfterCalls().statePlugins as {
      spec: {
        wrapActions: { setResponse: (original: unknown, ui: SwaggerUi) => (...parameters: unknown[]) => unknown };
      };
    };
    const original = vi.fn().mockReturnValue('result');
    expect(spec.wrapActions.setResponse(original, ui)(1, 2)).toBe('result');
    expect([original.mock.calls, ask.mock.calls.length]).toEqual([[[1, 2]], 1]);
  });
});

describe('a request of the page', () => {
  afterEach(() => vi.unstubAllGlobals());
  const sent = (cookie: string, headers: Record<string, string>): PageRequest => {
    vi.stubGlobal('window', { document: { cookie }, ui: { getConfigs: () => ({ access }) } });
    return asOneCaller({ headers: { ...headers } });
  };

  it('with a token goes without cookies and without their proof', () => {
    const headers = { Authorization: 'Bearer t' };
    expect(sent('csrf=proof', headers)).toEqual({ headers, credentials: 'omit' });
  });

  it('with cookies carries their proof, unless somebody has given one', () => {
    expect(sent('csrf=proof', {})).toEqual({ headers: { 'x-csrf-token': 'proof' } });
    expect(sent('a=b; csrf=p=1; c=d', {})).toEqual({ headers: { 'x-csrf-token': 'p=1' } });
    expect(sent('csrf=proof', { 'X-CSRF-Token': 'own' })).toEqual({ headers: { 'X-CSRF-Token': 'own' } });
  });

  it('without either stays as it is', () => {
    expect(sent('', { accept: '*/*' })).toEqual({ headers: { accept: '*/*' } });
    expect(sent('notcsrf=proof; xcsrf=proof', {})).toEqual({ headers: {} });
  });
});
