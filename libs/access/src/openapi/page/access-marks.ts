import type { CallerCall, Plugin } from './swagger-ui.js';

/**
 * Puts a row of marks below each operation of Swagger UI: whether the caller may make it, what it asks for, how often.
 * Sent to the browser as its own text, as {@link callerAccess} is.
 */
export function accessMarks(): Plugin {
  const words = (listed: unknown): string[] => {
    const list: unknown = typeof listed === 'object' && listed !== null ? Reflect.get(listed, 'toJS') : undefined;
    return typeof list === 'function' ? list.call(listed) : [];
  };
  const verdict = (open: boolean, call: CallerCall | undefined): [string, string] => {
    if (open) return ['open', 'anyone'];
    if (call === undefined) return ['unknown', 'wants a sign-in'];
    if (call.verdict === 'yes') return ['yes', 'you may'];
    if (call.verdict === 'own') return ['own', 'only your own'];
    return ['no', `refused: you lack ${call.inWords.join(', ')}`];
  };
  return {
    wrapComponents: {
      OperationSummary:
        (original, { React: { createElement: h, useSyncExternalStore }, callerAccess, specSelectors }) =>
        (properties: { readonly operationProps: { get(name: string): string } }) => {
          const caller = useSyncExternalStore(callerAccess.subscribe, callerAccess.read);
          const [path, method] = ['path', 'method'].map((name) => properties.operationProps.get(name));
          const read = (name: string, part?: string) =>
            specSelectors
              .specJson()
              .getIn(['paths', path, method, name, ...(part === undefined ? [] : [part])].map(String));
          const call = caller.calls?.[`${String(method).toUpperCase()} ${path}`];
          const [kind, says] = verdict(read('x-access', 'public') === true, call);
          const limits: readonly { inWords: string }[] = words(read('x-rate-limit')).map((one) => Object(one));
          return h(
            'div',
            { className: 'access-operation', 'data-access': kind },
            h(original, properties),
            h(
              'div',
              { className: 'access-marks' },
              h('span', { className: `access-mark access-${kind}` }, says),
              ...words(read('x-access', 'inWords')).map((need) =>
                h('span', { className: 'access-mark', key: need }, need),
              ),
              ...limits.map(({ inWords }) =>
                h('span', { className: 'access-mark access-limit', key: inWords }, inWords),
              ),
            ),
          );
        },
    },
  };
}

/** Says above the operations who the page calls as. Sent to the browser as its own text, as {@link callerAccess} is. */
export function accessBanner(): Plugin {
  const sentences = {
    anonymous:
      'Not signed in. Calls marked “anyone” are open; Authorize, or sign in with cookies, to see which others you may make.',
    ended: 'This sign-in has ended, or was never good. Authorize with a fresh access token.',
    known: '',
  };
  return {
    wrapComponents: {
      InfoContainer:
        (original, { React: { createElement: h, useSyncExternalStore }, callerAccess }) =>
        (properties: object) => {
          const { state, email, role, calls = {} } = useSyncExternalStore(callerAccess.subscribe, callerAccess.read);
          const count = (verdict: string) => Object.values(calls).filter((call) => call.verdict === verdict).length;
          const told =
            state === 'known'
              ? [
                  h('strong', { key: 'who' }, `You are ${email} (${role})`),
                  h('span', { key: 'yes', className: 'access-mark access-yes' }, `${count('yes')} you may`),
                  h('span', { key: 'own', className: 'access-mark access-own' }, `${count('own')} only your own`),
                  h('span', { key: 'no', className: 'access-mark access-no' }, `${count('no')} refused`),
                ]
              : [sentences[state]];
          return h(
            'div',
            null,
            h(original, properties),
            h('div', { className: 'access-banner', role: 'status', 'data-state': state }, ...told),
          );
        },
    },
  };
}
