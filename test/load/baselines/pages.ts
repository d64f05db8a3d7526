import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import type { Changes } from './changes.js';

export const sorts = {
  createdAt: 'product.created_at ASC, product.id ASC',
  '-createdAt': 'product.created_at DESC, product.id DESC',
  price: 'product.price_amount ASC, product.id ASC',
  '-price': 'product.price_amount DESC, product.id DESC',
  name: 'product.name ASC, product.id ASC',
  '-name': 'product.name DESC, product.id DESC',
} as const;

export interface PageQuery {
  readonly page: number;
  readonly limit: number;
  readonly sort: keyof typeof sorts;
  readonly category?: string;
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly priceAmount: number;
  readonly currency: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly stock: number;
}

interface Found {
  readonly items: readonly object[];
  readonly total: number;
}

interface Kept extends Found {
  /** Milliseconds of the epoch after which it is too old to be answered. */
  readonly until: number;
}

const keptMs = 2_000;
const trustMs = 1_000;
const columns = `product.id, product.name, product.description, product.category, product.price_amount AS "priceAmount",
  product.currency, product.created_at AS "createdAt", product.updated_at AS "updatedAt", stock.quantity AS stock`;

/** Pages of products: from memory, else from Redis, else from the database, and never older than two seconds. */
export class ProductPages {
  private readonly memory = new LRUCache<string, Kept>({ max: 1_000 });
  private readonly loading = new Map<string, Promise<Kept>>();
  private version: string | undefined;
  private heard = 0;

  constructor(
    private readonly pool: pg.Pool,
    private readonly redis: Redis,
    private readonly changes: Changes,
  ) {
    changes.on('cache_versions', () => {
      this.heard += 1;
      this.version = undefined;
    });
  }

  async read(query: PageQuery): Promise<Found> {
    if (!this.changes.confirmedWithin(trustMs)) return this.select(query);
    const version = this.version ?? (await this.currentVersion());
    const key = `products:${version}:${JSON.stringify([query.category, query.sort, query.page, query.limit])}`;
    const kept = this.memory.get(key);
    if (kept !== undefined && kept.until > Date.now()) return kept;
    return this.loading.get(key) ?? this.load(key, query);
  }

  private load(key: string, query: PageQuery): Promise<Kept> {
    const loaded = this.fromRedisOrDatabase(key, query).finally(() => this.loading.delete(key));
    this.loading.set(key, loaded);
    return loaded;
  }

  private async fromRedisOrDatabase(key: string, query: PageQuery): Promise<Kept> {
    const text = await this.redis.get(`cache:${key}`).catch(() => null);
    const shared: Kept | null = text === null ? null : JSON.parse(text);
    const kept = shared ?? { ...(await this.select(query)), until: Date.now() + keptMs };
    if (shared === null) {
      await this.redis.set(`cache:${key}`, JSON.stringify(kept), 'PX', keptMs).catch(() => undefined);
    }
    this.memory.set(key, kept);
    return kept;
  }

  private async select({ category, sort, page, limit }: PageQuery): Promise<Found> {
    const filter = category === undefined ? '' : 'product.category = $1 AND';
    const from = `FROM products product JOIN stock ON stock.product_id = product.id WHERE ${filter} product.deleted_at IS NULL`;
    const values = category === undefined ? [] : [category];
    const [limitAt, offsetAt] = [values.length + 1, values.length + 2];
    const kind = `${sort}${category === undefined ? '' : '-in-category'}`;
    const [{ rows }, counted] = await Promise.all([
      this.pool.query<Row>({
        name: `page-${kind}`,
        text: `SELECT ${columns} ${from} ORDER BY ${sorts[sort]} LIMIT $${limitAt} OFFSET $${offsetAt}`,
        values: [...values, limit, (page - 1) * limit],
      }),
      this.pool.query<{ total: string }>({
        name: `count-${kind}`,
        text: `SELECT count(DISTINCT product.id) AS total ${from}`,
        values,
      }),
    ]);
    return { items: rows.map(productOf), total: Number(counted.rows[0]?.total) };
  }

  private async currentVersion(): Promise<string> {
    const { heard } = this;
    const { rows } = await this.pool.query<{ version: string }>(
      "SELECT version FROM cache_versions WHERE name = 'products'",
    );
    const version = rows[0]?.version ?? 'none';
    if (heard === this.heard) this.version = version;
    return version;
  }
}

/** With times as text already, so that a kept page isn't turned into it again at each request. */
function productOf(row: Row): object {
  const { id, name, description, category, priceAmount: amount, currency, stock } = row;
  const [createdAt, updatedAt] = [row.createdAt.toISOString(), row.updatedAt.toISOString()];
  return { id, name, description, category, price: { amount, currency }, stock, createdAt, updatedAt };
}
