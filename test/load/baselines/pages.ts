import { createHmac, randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import type { Changes } from './changes.js';

export const sorts = {
  createdAt: ['p.created_at', 'ASC'],
  '-createdAt': ['p.created_at', 'DESC'],
  price: ['p.price_amount', 'ASC'],
  '-price': ['p.price_amount', 'DESC'],
  name: ['p.name', 'ASC'],
  '-name': ['p.name', 'DESC'],
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
  readonly position: string;
}

interface Found {
  readonly items: readonly object[];
  readonly nextCursor: string | null;
}

interface Total {
  readonly total: number;
  readonly totalEstimated: boolean;
}

/** With the millisecond of the epoch after which it is too old to be answered. */
type Kept<T> = T & { readonly until: number };

const keptMs = 2_000;
const totalKeptMs = 60_000;
const trustMs = 1_000;
const countedAtMost = 10_000;
const cursorKey = randomBytes(32);

/** Pages of products: from memory, else from Redis, else from the database, and never older than two seconds. */
export class ProductPages {
  private readonly memory = new LRUCache<string, Kept<object>>({ max: 1_000 });
  private readonly loading = new Map<string, Promise<Kept<object>>>();
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

  async read(query: PageQuery): Promise<[Found, Total]> {
    if (!this.changes.confirmedWithin(trustMs)) return Promise.all([this.select(query), this.count(query)]);
    const version = this.version ?? (await this.currentVersion());
    const { category, sort, page, limit } = query;
    return Promise.all([
      this.kept(`products:${version}:${JSON.stringify([category, sort, page, limit])}`, keptMs, () =>
        this.select(query),
      ),
      this.kept(`products:${version}:total ${category ?? ''}`, totalKeptMs, () => this.count(query)),
    ]);
  }

  private kept<T extends object>(key: string, ms: number, load: () => Promise<T>): T | Promise<T> {
    // What is kept under a key is of the type that the key's reader asks for.
    const kept = this.memory.get(key) as Kept<T> | undefined;
    if (kept !== undefined && kept.until > Date.now()) return kept;
    const running = this.loading.get(key) as Promise<Kept<T>> | undefined;
    if (running !== undefined) return running;
    const loaded = this.fromRedisOrDatabase(key, ms, load).finally(() => this.loading.delete(key));
    this.loading.set(key, loaded);
    return loaded;
  }

  private async fromRedisOrDatabase<T extends object>(
    key: string,
    ms: number,
    load: () => Promise<T>,
  ): Promise<Kept<T>> {
    const text = await this.redis.get(`cache:${key}`).catch(() => null);
    const shared: Kept<T> | null = text === null ? null : JSON.parse(text);
    const kept = shared ?? { ...(await load()), until: Date.now() + ms };
    if (shared === null) await this.redis.set(`cache:${key}`, JSON.stringify(kept), 'PX', ms).catch(() => undefined);
    this.memory.set(key, kept);
    return kept;
  }

  private async select({ category, sort, page, limit }: PageQuery): Promise<Found> {
    const filter = category === undefined ? '' : 'AND p.category = $3';
    const [key, direction] = sorts[sort];
    const { rows } = await this.pool.query<Row>({
      name: `page-${sort}${category === undefined ? '' : '-in-category'}`,
      text: `SELECT p.id, p.name, p.description, p.category, p.price_amount AS "priceAmount", p.currency,
          p.created_at AS "createdAt", p.updated_at AS "updatedAt", s.quantity AS stock, p.place::text AS position
        FROM (SELECT p.*, ${key} AS place FROM products p WHERE p.deleted_at IS NULL ${filter}
              ORDER BY ${key} ${direction}, p.id ${direction} LIMIT $1 OFFSET $2) AS p
        JOIN stock s ON s.product_id = p.id ORDER BY p.place ${direction}, p.id ${direction}`,
      values: [limit, (page - 1) * limit, ...(category === undefined ? [] : [category])],
    });
    const last = rows.length < limit ? undefined : rows.at(-1);
    const list = `products ${sort} ${category ?? ''}`;
    return { items: rows.map(productOf), nextCursor: last === undefined ? null : cursorOf(list, last) };
  }

  private async count({ category }: PageQuery): Promise<Total> {
    const where = `FROM products p WHERE p.deleted_at IS NULL ${category === undefined ? '' : 'AND p.category = $1'}`;
    const values = category === undefined ? [] : [category];
    const { rows } = await this.pool.query<{ total: string }>(
      `SELECT count(*) AS total FROM (SELECT ${where} LIMIT ${countedAtMost + 1}) AS counted`,
      values,
    );
    const total = Number(rows[0]?.total);
    if (total <= countedAtMost) return { total, totalEstimated: false };
    const plan = await this.pool.query<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
      `EXPLAIN (FORMAT JSON) SELECT ${where}`,
      values,
    );
    return { total: Math.max(total, plan.rows[0]?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0), totalEstimated: true };
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

function cursorOf(list: string, { position, id }: Row): string {
  const payload = Buffer.from(JSON.stringify([position, id])).toString('base64url');
  const tag = createHmac('sha256', cursorKey).update(`${payload} ${list}`).digest().subarray(0, 16);
  return `${payload}.${tag.toString('base64url')}`;
}
