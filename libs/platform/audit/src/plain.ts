import { isHidden, redacted } from './redacted.js';

const longest = 300;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/**
 * The value with every text in it made fit for a log line and a jsonb column: no control characters, which forge lines
 * (and of which PostgreSQL stores no NUL), no lone surrogates, 300 characters at the most. What is called a password, a
 * secret or the like is left out (S53).
 */
export function plain<T>(value: T): T;
export function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, longest).toWellFormed().replace(control, ' ');
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map((item: unknown) => plain(item));
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, isHidden(name) && isText(item) ? redacted : plain(item)]),
  );
}

/** Numbers and flags of such a name (how many tokens, whether there is a password) give nothing away. */
function isText(value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'object' && value !== null);
}
