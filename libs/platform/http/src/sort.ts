import { Problem } from './problem.js';

/** Order of a list, by a column that clients may sort by. */
export interface Sort<Column extends string> {
  readonly column: Column;
  readonly direction: 'ASC' | 'DESC';
}

/**
 * The order that `sort=price` (ascending) or `sort=-price` (descending) asks for. `columns` is the allow-list: what a
 * client may name, and the property behind it; nothing else ever reaches a query.
 */
export function sortOf<Column extends string>(text: string, columns: Readonly<Record<string, Column>>): Sort<Column> {
  const found = Object.entries(columns).find(([name]) => text === name || text === `-${name}`);
  if (found === undefined)
    throw new Problem('VALIDATION_FAILED', { errors: [{ field: 'sort', message: 'is not offered' }] });
  return { column: found[1], direction: text.startsWith('-') ? 'DESC' : 'ASC' };
}
