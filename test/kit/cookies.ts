import type { Api, Person } from './api.js';
import type { Answer } from './http-client.js';

export const cookieNames = {
  access: '__Host-gatehouse-access',
  refresh: '__Host-gatehouse-refresh',
  csrf: '__Host-gatehouse-csrf',
} as const;

/** A cookie as an answer sets it: its value and its attributes, whose names are in lower case. */
export interface SetCookie {
  readonly value: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export function cookiesOf({ headers }: Answer): Record<string, SetCookie> {
  return Object.fromEntries(
    headers.getSetCookie().map((line) => {
      const [pair = '', ...rest] = line.split(';');
      const attributes = rest.map((part) => {
        const [name = '', value = ''] = part.trim().split('=');
        return [name.toLowerCase(), value];
      });
      const at = pair.indexOf('=');
      return [pair.slice(0, at), { value: pair.slice(at + 1), attributes: Object.fromEntries(attributes) }];
    }),
  );
}

/** A session whose tokens are in a browser's cookies. */
export interface CookieSession {
  readonly answer: Answer;
  readonly access: string;
  readonly refresh: string;
  readonly csrf: string;
  /** The header that a browser sends them in. */
  readonly cookie: string;
  /** The headers of a request that a page of the session's own sends. */
  readonly own: Record<string, string>;
}

export function cookieSession(answer: Answer): CookieSession {
  const cookies = cookiesOf(answer);
  const value = (name: string) => {
    const cookie = cookies[name];
    if (cookie === undefined) throw new Error(`no cookie ${name} in ${answer.status} ${answer.text}`);
    return cookie.value;
  };
  const [access, refresh, csrf] = [value(cookieNames.access), value(cookieNames.refresh), value(cookieNames.csrf)];
  const cookie = `${cookieNames.access}=${access}; ${cookieNames.refresh}=${refresh}; ${cookieNames.csrf}=${csrf}`;
  return { answer, access, refresh, csrf, cookie, own: { cookie, 'x-csrf-token': csrf } };
}

export async function signInWithCookies(api: Api, { email, password }: Person): Promise<CookieSession> {
  return cookieSession(await api.post('/api/auth/login', { body: { email, password, transport: 'cookie' } }));
}
