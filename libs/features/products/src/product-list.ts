/** What a list of products is narrowed by. */
export interface ProductFilter {
  readonly category?: string | undefined;
  /** Words to be found in name and description, in the form of a web search. */
  readonly q?: string | undefined;
  /** In minor units of each product's own currency. */
  readonly minPrice?: number | undefined;
  readonly maxPrice?: number | undefined;
  readonly inStock?: boolean | undefined;
}

/** Orders of the list; `relevance` is there with words to search for only. */
export const productSorts = ['createdAt', '-createdAt', 'price', '-price', 'name', '-name'] as const;
export type ProductSort = (typeof productSorts)[number] | '-relevance';

interface Conditions {
  readonly from: string;
  readonly where: string;
  /** Grows with every {@link Conditions.parameter}. */
  readonly parameters: unknown[];
  /** Takes the value into the parameters; answers the placeholder that stands for it. */
  readonly parameter: (value: unknown) => string;
}

/** The filter as text of constants and placeholders: nothing of what a client sends is ever part of a statement. */
export function conditionsOf({ category, q, minPrice, maxPrice, inStock }: ProductFilter): Conditions {
  const parameters: unknown[] = [];
  const parameter = (value: unknown) => `$${parameters.push(value)}`;
  const where = ['p.deleted_at IS NULL'];
  if (q !== undefined) where.push(`p.search @@ websearch_to_tsquery('english', ${parameter(q)})`);
  if (category !== undefined) where.push(`p.category = ${parameter(category)}`);
  if (minPrice !== undefined) where.push(`p.price_amount >= ${parameter(minPrice)}`);
  if (maxPrice !== undefined) where.push(`p.price_amount <= ${parameter(maxPrice)}`);
  if (inStock !== undefined) where.push(`a.quantity ${inStock ? '>' : '='} 0`);
  const from = inStock === undefined ? 'products p' : 'products p JOIN stock a ON a.product_id = p.id';
  return { from, where: where.join(' AND '), parameters, parameter };
}

interface Order {
  /** What it sorts by, before the id. */
  readonly key: string;
  readonly type: string;
  readonly direction: 'ASC' | 'DESC';
}

const keys = {
  createdAt: ['p.created_at', 'timestamptz'],
  price: ['p.price_amount', 'integer'],
  name: ['p.name', 'text'],
} as const;

export function orderOf(sort: ProductSort, { q }: ProductFilter, parameter: (value: unknown) => string): Order {
  const direction = sort.startsWith('-') ? 'DESC' : 'ASC';
  if (sort === '-relevance') {
    const rank = `ts_rank_cd(p.search, websearch_to_tsquery('english', ${parameter(q ?? '')}))`;
    return { key: rank, type: 'real', direction };
  }
  for (const [name, [key, type]] of Object.entries(keys)) {
    if (sort === name || sort === `-${name}`) return { key, type, direction };
  }
  throw new Error(`no order is named ${sort}`);
}
