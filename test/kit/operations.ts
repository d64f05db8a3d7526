import type { Api } from './api.js';
import type { Json } from './http-client.js';

/** One route of the API, as its own document tells. */
export interface Operation {
  readonly method: string;
  /** Parameters are written `{id}`. */
  readonly path: string;
  readonly access: {
    readonly public: boolean;
    readonly roles?: readonly string[];
    readonly permissions?: object;
    readonly owner?: { readonly param: string };
    readonly secondFactor?: true;
    readonly maxAgeSeconds?: number;
  };
}

/** Every operation that the running API documents, and so every route that it serves under /api. */
export async function operationsOf(api: Api): Promise<Operation[]> {
  const { paths } = (await api.get('/docs-json')).body;
  return Object.entries<Json>(paths).flatMap(([path, item]) =>
    Object.entries<Json>(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      access: operation['x-access'],
    })),
  );
}

/** The path with values for its parameters; those that aren't given name nothing there is. */
export function concrete(path: string, values: Readonly<Record<string, string>> = {}): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e');
}
