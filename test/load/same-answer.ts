import { BenchError } from './bench-error.js';
import type { Server } from './processes.js';

/** Values that differ from request to request; that the header is there is compared all the same. */
const perRequest = new Set(['date', 'x-request-id', 'ratelimit']);
/** Made with a key of the server's own. */
const cursor = /"nextCursor":"[^"]+"/;

interface Seen {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** @throws BenchError naming the first field or header in which the two servers' answers differ. */
export async function compareAnswers(servers: readonly [Server, Server], path: string, token?: string): Promise<void> {
  const [a, b] = await Promise.all([ask(servers[0], path, token), ask(servers[1], path, token)]);
  if (a.status !== 200) throw new BenchError(`${servers[0].name} answers ${path} with ${a.status}: ${a.text}`);
  const difference =
    firstDifference(JSON.parse(a.text), JSON.parse(b.text), 'body') ??
    (a.text === b.text ? undefined : 'body, in the order of its fields') ??
    firstDifference(a, b, 'answer');
  if (difference !== undefined) {
    throw new BenchError(`${path}: ${servers[0].name} and ${servers[1].name} differ in ${difference}`);
  }
}

async function ask({ url }: Server, path: string, token: string | undefined): Promise<Seen> {
  const headers = {
    'accept-encoding': 'identity',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const answer = await fetch(`${url}${path}`, { headers });
  const seen = [...answer.headers].map(([name, value]) => [name, perRequest.has(name) ? '' : value]);
  return {
    status: answer.status,
    text: (await answer.text()).replace(cursor, '"nextCursor":"…"'),
    headers: Object.fromEntries(seen),
  };
}

function firstDifference(a: unknown, b: unknown, at: string): string | undefined {
  if (!isRecord(a) || !isRecord(b)) return Object.is(a, b) ? undefined : `${at}: ${String(a)} and ${String(b)}`;
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = firstDifference(a[name], b[name], `${at}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
