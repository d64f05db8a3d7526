import type { Caller, PageRequest, Plugin, SwaggerUi } from './swagger-ui.js';

/** What the browser has; the page's own script puts `ui` there. */
declare const window: { readonly document: { readonly cookie: string }; readonly ui: SwaggerUi };

declare const fetch: (
  address: string,
  request: object,
) => Promise<{ readonly ok: boolean; json(): Promise<{ readonly data: Answer }> }>;

interface Answer {
  readonly email: string;
  readonly role: string;
  readonly calls: readonly { method: string; path: string; verdict: string; inWords: readonly string[] }[];
}

/**
 * Knows which calls the page's caller may make: asks the server whenever somebody authorizes, signs in or out, or has
 * sent a call that may have changed it. A plugin of Swagger UI, which is sent to the browser as its own text: it may
 * use nothing from outside of itself.
 */
export function callerAccess(): Plugin {
  let caller: Caller = { state: 'anonymous' };
  let turn = 0;
  let ui: SwaggerUi | undefined;
  const listeners = new Set<() => void>();
  const become = (next: Caller) => {
    caller = next;
    for (const listener of listeners) listener();
  };
  const known = ({ email, role, calls }: Answer): Caller => {
    const named = calls.map((call) => [`${call.method} ${call.path.replaceAll(/:(\w+)/g, '{$1}')}`, call] as const);
    return { state: 'known', email, role, calls: Object.fromEntries(named) };
  };
  const ask = async () => {
    const { askAt, csrfCookie } = ui?.getConfigs().access ?? { askAt: '', csrfCookie: '' };
    const token = ui?.authSelectors.authorized()?.getIn(['bearer', 'value']);
    turn += 1;
    const mine = turn;
    if (token === undefined && !window.document.cookie.includes(`${csrfCookie}=`))
      return become({ state: 'anonymous' });
    const answer = await fetch(
      askAt,
      token === undefined ? {} : { credentials: 'omit', headers: { authorization: `Bearer ${token}` } },
    );
    const next: Caller = answer.ok ? known((await answer.json()).data) : { state: 'ended' };
    if (mine === turn) become(next);
  };
  return {
    rootInjects: {
      callerAccess: {
        ask: () => void ask().catch(() => become({ state: 'ended' })),
        read: () => caller,
        start: (loaded: SwaggerUi) => {
          ui = loaded;
          let authorized: unknown = null;
          const look = () => {
            if (loaded.authSelectors.authorized() === authorized) return;
            authorized = loaded.authSelectors.authorized();
            // Its settings come after its plugins.
            setTimeout(loaded.callerAccess.ask);
          };
          loaded.getStore().subscribe(look);
          look();
        },
        subscribe: (listener: () => void) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
    },
    // Of another instance than the one whose injects there are: Swagger UI makes the plugin anew for this.
    afterLoad: (loaded) => loaded.callerAccess.start(loaded),
  };
}

/** Asks anew after each call that was sent from the page: it may have been a sign-in. */
export function askAfterCalls(): Plugin {
  return {
    statePlugins: {
      spec: {
        wrapActions: {
          setResponse:
            (original: (...parameters: unknown[]) => unknown, ui: SwaggerUi) =>
            (...parameters: unknown[]) => {
              ui.callerAccess.ask();
              return original(...parameters);
            },
        },
      },
    },
  };
}

/**
 * Has each request made as one caller: a token that was pasted goes without the cookies, of which the server would
 * otherwise say that they are a second credential; cookies go with the proof that their own page sends them. Sent to
 * the browser as its own text, as {@link callerAccess} is.
 */
export function asOneCaller(request: PageRequest): PageRequest {
  const { csrfCookie, csrfHeader } = window.ui.getConfigs().access;
  const csrf = new RegExp(`(?:^|; )${csrfCookie}=([^;]*)`).exec(window.document.cookie)?.[1];
  const given = Object.keys(request.headers).map((name) => name.toLowerCase());
  if (given.includes('authorization')) request.credentials = 'omit';
  else if (csrf !== undefined && !given.includes(csrfHeader)) request.headers[csrfHeader] = csrf;
  return request;
}
