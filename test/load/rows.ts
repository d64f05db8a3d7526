/** One line of the table: a route, asked for in one way. */
export interface Row {
  readonly name: string;
  /** With `%c`, `%p` and `%s` where category, page and sort differ at each call. */
  readonly path: string;
  readonly signedIn: boolean;
  /** The least ratio to the baseline that is good enough. */
  readonly bar: number;
}

export const rows: readonly Row[] = [
  { name: 'session, warm principal', path: '/api/auth/session', signedIn: true, bar: 0.85 },
  { name: 'product page, cached', path: '/api/products?limit=20', signedIn: false, bar: 0.85 },
  {
    name: 'product page, filtered and sorted, never in the cache',
    path: '/api/products?limit=20&category=%c&page=%p&sort=%s',
    signedIn: false,
    bar: 0.8,
  },
];

/** A path that a row really asks for. */
export function examplePath({ path }: Row): string {
  return path.replace('%c', 'c7').replace('%p', '2').replace('%s', '-price');
}
