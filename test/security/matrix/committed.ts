import { readFileSync } from 'node:fs';

/** A row of docs/access-matrix.json, as the file has it: read by this suite alone, and not from the live registry. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly handler: string;
  readonly public: boolean;
  readonly roles: readonly string[] | null;
  readonly permissions: { readonly mode: 'any' | 'all'; readonly names: readonly string[] } | null;
  readonly owner: {
    readonly entity: string;
    readonly param: string;
    readonly unless: string | null;
    readonly hide: boolean;
  } | null;
  readonly secondFactor: boolean;
  readonly maxAgeSeconds: number | null;
  readonly limits:
    | readonly { readonly limit: number; readonly windowSeconds: number; readonly per: string; readonly alone?: true }[]
    | null;
  readonly may: Readonly<Record<string, string>>;
}

interface Matrix {
  readonly roles: readonly { readonly name: string; readonly permissions: readonly string[] }[];
  readonly permissions: readonly string[];
  readonly open: readonly string[];
  readonly routes: readonly Route[];
}

export const matrix: Matrix = JSON.parse(
  readFileSync(new URL('../../../docs/access-matrix.json', import.meta.url), 'utf8'),
);

export const guarded = matrix.routes.filter((route) => !route.public);

/** What the committed matrix says that a role holds; a role that it doesn't know holds nothing. */
export function heldByRole(role: string): readonly string[] {
  return matrix.roles.find(({ name }) => name === role)?.permissions ?? [];
}

/** What must be configured for a server to serve all that the matrix names. */
export const everyPart = { GOOGLE_CLIENT_ID: 'probed', GOOGLE_CLIENT_SECRET: 'nobody signs in with it' };
