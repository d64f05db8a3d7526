import { describe, expect, it } from 'vitest';
import { accessBanner, accessMarks } from './access-marks.js';
import type { Caller, Plugin, SwaggerUi } from './swagger-ui.js';

interface Element {
  readonly type: unknown;
  readonly properties: Record<string, unknown> | null;
  readonly children: readonly unknown[];
}

const element = (type: unknown, properties: Element['properties'], ...children: unknown[]): Element => {
  return { type, properties, children };
};
const isElement = (value: unknown): value is Element =>
  typeof value === 'object' && value !== null && 'children' in value;

/** Every text below the element with its class. */
function texts(value: unknown, className = ''): [string, string][] {
  if (typeof value === 'string') return [[className, value]];
  return isElement(value)
    ? value.children.flatMap((child) => texts(child, String(value.properties?.['className'] ?? className)))
    : [];
}

const immutable = (list: readonly unknown[]) => ({ toJS: () => list });

/** What the plugin's component makes in a page with this document and this caller. */
function made(plugin: Plugin, component: string, caller: Caller, document: Record<string, unknown> = {}): Element {
  const ui: SwaggerUi = {
    React: { createElement: element, useSyncExternalStore: (_, read) => read() },
    callerAccess: { subscribe: () => () => {}, read: () => caller, ask: () => {}, start: () => {} },
    authSelectors: { authorized: () => undefined },
    getStore: () => ({ subscribe: () => {} }),
    getConfigs: () => ({ access: { askAt: '', csrfCookie: '', csrfHeader: '' } }),
    specSelectors: { specJson: () => ({ getIn: (path: readonly string[]) => document[path.join(' ')] }) },
  };
  const operation: Record<string, string> = { path: '/things/{id}', method: 'get' };
  const properties = { operationProps: { get: (name: string) => operation[name] } };
  const render = plugin.wrapComponents?.[component]?.('original', ui);
  // Swagger UI alone knows what it hands to each component.
  const whole = render?.(properties as never);
  if (!isElement(whole)) throw new Error(`${component} makes nothing`);
  expect(whole.children[0]).toEqual(element('original', properties));
  return whole;
}

const operation = 'paths /things/{id} get';
const asks = {
  [`${operation} x-access public`]: false,
  [`${operation} x-access inWords`]: immutable(['read:order', 'second factor']),
  [`${operation} x-rate-limit`]: immutable([{ inWords: '5 per 1 min' }, { inWords: '9 per 1 h' }]),
};
const calls = (verdict: string, ...inWords: string[]): Caller => {
  return { state: 'known', calls: { 'GET /things/{id}': { verdict, inWords } } };
};

describe('the marks of an operation', () => {
  const marks = (caller: Caller, document: Record<string, unknown> = asks) =>
    made(accessMarks(), 'OperationSummary', caller, document);

  it.each([
    ['unknown', 'wants a sign-in', { state: 'anonymous' } as Caller],
    ['yes', 'you may', calls('yes')],
    ['own', 'only your own', calls('own', 'own')],
    ['no', 'refused: you lack read:order, second factor', calls('no', 'read:order', 'second factor')],
  ])('are %s: %s', (kind, says, caller) => {
    const whole = marks(caller);
    expect(whole.properties).toEqual({ className: 'access-operation', 'data-access': kind });
    expect(texts(whole)).toEqual([
      [`access-mark access-${kind}`, says],
      ['access-mark', 'read:order'],
      ['access-mark', 'second factor'],
      ['access-mark access-limit', '5 per 1 min'],
      ['access-mark access-limit', '9 per 1 h'],
    ]);
    const [, row] = whole.children;
    expect(isElement(row) && row.properties).toEqual({ className: 'access-marks' });
    const keys = isElement(row)
      ? row.children.slice(1).map((child) => isElement(child) && child.properties?.['key'])
      : [];
    expect(keys).toEqual(['read:order', 'second factor', '5 per 1 min', '9 per 1 h']);
  });

  it('are that anyone may, whoever is calling, and nothing else where nothing is said', () => {
    const open = { [`${operation} x-access public`]: true, [`${operation} x-rate-limit`]: null };
    expect(texts(marks(calls('no', 'x'), open))).toEqual([['access-mark access-open', 'anyone']]);
    expect(texts(marks({ state: 'ended' }, open))).toEqual([['access-mark access-open', 'anyone']]);
  });
});

describe('the line above the operations', () => {
  const banner = (caller: Caller) => made(accessBanner(), 'InfoContainer', caller);
  const line = (caller: Caller): Element => {
    const [, below] = banner(caller).children;
    if (!isElement(below)) throw new Error('there is no line');
    return below;
  };

  it('says who is calling, and how many calls they may make', () => {
    const verdicts = ['yes', 'yes', 'own', 'no', 'no', 'no'];
    const all = Object.fromEntries(verdicts.map((verdict, index) => [`GET /${index}`, { verdict, inWords: [] }]));
    const told = line({ state: 'known', email: 'u@example.com', role: 'support', calls: all });
    expect(told.properties).toEqual({ className: 'access-banner', role: 'status', 'data-state': 'known' });
    expect(texts(told)).toEqual([
      ['access-banner', 'You are u@example.com (support)'],
      ['access-mark access-yes', '2 you may'],
      ['access-mark access-own', '1 only your own'],
      ['access-mark access-no', '3 refused'],
    ]);
    expect(told.children.map((child) => isElement(child) && [child.type, child.properties?.['key']])).toEqual([
      ['strong', 'who'],
      ['span', 'yes'],
      ['span', 'own'],
      ['span', 'no'],
    ]);
    expect(texts(line({ state: 'known', email: 'u', role: 'r' })).map(([, text]) => text)).toContain('0 you may');
  });

  it('says how to sign in, and that a sign-in has ended', () => {
    expect(texts(line({ state: 'anonymous' }))).toEqual([
      ['access-banner', expect.stringMatching(/^Not signed in\..*Authorize/)],
    ]);
    expect(texts(line({ state: 'ended' }))).toEqual([
      ['access-banner', expect.stringMatching(/has ended.*fresh access token/)],
    ]);
    expect(line({ state: 'ended' }).properties?.['data-state']).toBe('ended');
  });
});
