import { Problem } from '@gatehouse/platform/http';

interface WithCookies {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly cookies?: Readonly<Record<string, string | undefined>>;
}

/**
 * The cookie's value. Of several cookies of one name the parser keeps the first and says nothing of the others.
 * @throws Problem AMBIGUOUS_CREDENTIALS when it was sent with two different ones.
 */
export function onlyCookie(name: string, { headers, cookies }: WithCookies): string | undefined {
  const { cookie } = headers;
  if (cookie === undefined || cookies?.[name] === undefined) return undefined;
  const sent = String(cookie)
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  if (new Set(sent).size > 1) throw new Problem('AMBIGUOUS_CREDENTIALS');
  return cookies[name];
}
