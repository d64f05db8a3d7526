import type { Answer, Send } from './http-client.js';
import type { TestDatabase } from './test-database.js';

/** Everything that the tables hold, a row a line, with bytes in hexadecimal as PostgreSQL prints them. */
export async function dump({ query }: TestDatabase): Promise<string> {
  const tables = await query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const lines: string[] = [];
  for (const { name } of tables) {
    const rows = await query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${name} t`);
    lines.push(...rows.map(({ row }) => `${name} ${row}`));
  }
  return lines.join('\n');
}

/** Where the text stands in a dump as it is, or as its bytes in one of the spellings that a table could hold. */
export function foundIn(text: string, secret: string): string[] {
  const written = Buffer.from(secret);
  const meant = Buffer.from(secret, 'base64url');
  const spellings = [secret, written.toString('hex'), written.toString('base64').replace(/=+$/, '')];
  if (meant.length >= 16) spellings.push(meant.toString('hex'), meant.toString('base64').replace(/=+$/, ''));
  return text.split('\n').filter((line) => spellings.some((spelling) => line.includes(spelling)));
}

const secretName = /password|token|secret|code|otp|cookie/i;
const random = /[A-Za-z0-9_.-]{32,}/g;
const identifier = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Keeps what was handed out or entrusted in the calls that go through it: whatever has a secret's name, and whatever
 * looks random. Who adds a feature sends its calls through here and needs to name nothing.
 */
export class HandedOut {
  /** The secret, and what it came in. */
  readonly secrets = new Map<string, string>();

  async call(what: string, answer: Promise<Answer>, { body }: Send = {}): Promise<Answer> {
    const { status, headers, text, body: answered } = await answer;
    if (status >= 400) throw new Error(`${what}: ${status} ${text}`);
    this.keep(what, body, false);
    this.keep(what, answered, false);
    for (const cookie of headers.getSetCookie()) this.keepRandom(what, cookie);
    this.keepRandom(what, headers.get('location') ?? '');
    return answer;
  }

  keepRandom(what: string, text: string): void {
    for (const [found] of text.matchAll(random)) if (!identifier.test(found)) this.secrets.set(found, what);
  }

  private keep(what: string, value: unknown, named: boolean): void {
    if (typeof value === 'string') {
      if (named && value.length >= 8) this.secrets.set(value, what);
      else this.keepRandom(what, value);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value)) this.keep(what, inner, named || secretName.test(name));
    }
  }
}
