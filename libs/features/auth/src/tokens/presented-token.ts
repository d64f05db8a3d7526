import { Problem } from '@gatehouse/platform/http';

interface WithHeaders {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const bearer = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i;

/**
 * The access token that a request presents: in `Authorization: Bearer` or in `x-access-token`, and nowhere else.
 * @throws Problem AMBIGUOUS_CREDENTIALS when it presents two different ones.
 */
export function presentedToken({ headers }: WithHeaders): string | null {
  const { authorization, 'x-access-token': header } = headers;
  const fromAuthorization = authorization === undefined ? undefined : (bearer.exec(String(authorization))?.[1] ?? '');
  const fromHeader = header === undefined ? undefined : String(header);
  if (fromAuthorization !== undefined && fromHeader !== undefined && fromAuthorization !== fromHeader) {
    throw new Problem('AMBIGUOUS_CREDENTIALS');
  }
  return fromAuthorization ?? fromHeader ?? null;
}
