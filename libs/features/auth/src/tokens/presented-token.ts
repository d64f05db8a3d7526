import { accessCookie } from '@gatehouse/access';
import { Problem } from '@gatehouse/platform/http';
import { onlyCookie } from './only-cookie.js';

interface WithHeaders {
  readonly raw: { readonly rawHeaders: readonly string[] };
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly cookies?: Readonly<Record<string, string | undefined>>;
}

/** An access token as it came. */
export interface PresentedToken {
  readonly token: string;
  /** It came as a cookie, which a browser sends along whoever's page asks. */
  readonly ambient: boolean;
}

const bearer = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i;

/**
 * The access token that a request presents: in `Authorization: Bearer`, in `x-access-token` or in its cookie, and
 * nowhere else.
 * @throws Problem AMBIGUOUS_CREDENTIALS when it presents two different ones.
 */
export function presentedToken(request: WithHeaders): PresentedToken | undefined {
  const { raw, headers } = request;
  const authorization = onlyValue('authorization', headers, raw.rawHeaders);
  const fromAuthorization = authorization === undefined ? undefined : (bearer.exec(authorization)?.[1] ?? '');
  const fromHeader = onlyValue('x-access-token', headers, raw.rawHeaders);
  const fromCookie = onlyCookie(accessCookie, request);
  const token = fromAuthorization ?? fromHeader ?? fromCookie;
  if (token === undefined) return undefined;
  for (const other of [fromHeader, fromCookie]) {
    if (other !== undefined && other !== token) throw new Problem('AMBIGUOUS_CREDENTIALS');
  }
  return { token, ambient: fromAuthorization === undefined && fromHeader === undefined };
}

/**
 * The header's value as it was sent: of several Authorization headers Node keeps the first, others it joins, and says
 * neither.
 * @throws Problem AMBIGUOUS_CREDENTIALS when it was sent with two different ones.
 */
function onlyValue(name: string, headers: WithHeaders['headers'], rawHeaders: readonly string[]): string | undefined {
  if (headers[name] === undefined) return undefined;
  let found: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const sent = rawHeaders[index];
    if (sent?.length !== name.length || sent.toLowerCase() !== name) continue;
    const value = rawHeaders[index + 1];
    if (found !== undefined && found !== value) throw new Problem('AMBIGUOUS_CREDENTIALS');
    found = value;
  }
  return found;
}
