import { Transactions } from '@gatehouse/platform/database';
import type { Total } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { In, IsNull } from 'typeorm';
import { ProductEntity } from './product.entity.js';
import { conditionsOf, orderOf, type ProductFilter, type ProductSort } from './product-list.js';

/** A product as lists and answers show it. */
export interface ListedProduct extends Omit<ProductEntity, 'stock' | 'deletedAt'> {
  readonly stock: number;
}

export interface ProductWindow {
  readonly sort: ProductSort;
  readonly limit: number;
  readonly offset: number;
  /** The position of the last item before the window, instead of an offset. */
  readonly after: readonly string[] | undefined;
}

/** Totals are exact up to here; beyond it they are the planner's estimate, so that they stay cheap. */
const countedAtMost = 10_000;

@Injectable()
export class ProductsRepository {
  constructor(private readonly transactions: Transactions) {}

  private get products() {
    return this.transactions.repository(ProductEntity);
  }

  /** The products of the window, each with its position in the order. */
  list(filter: ProductFilter, window: ProductWindow): Promise<(ListedProduct & { position: string })[]> {
    const { sort, limit, offset, after } = window;
    const { from, where, parameters, parameter } = conditionsOf(filter);
    const { key, type, direction } = orderOf(sort, filter, parameter);
    const beyond = direction === 'ASC' ? '>' : '<';
    const [position, id] = after ?? [];
    const start = after && `AND (${key}, p.id) ${beyond} (${parameter(position)}::${type}, ${parameter(id)}::uuid)`;
    // The stock is looked up for the page alone, and not for what lies before it.
    return this.transactions.query(
      `SELECT p.id, p.name, p.description, p.category, p.price_amount AS "priceAmount", p.currency, p.version,
              p.created_at AS "createdAt", p.updated_at AS "updatedAt", s.quantity AS stock, p.place::text AS position
       FROM (SELECT p.*, ${key} AS place FROM ${from} WHERE ${where} ${start ?? ''}
             ORDER BY ${key} ${direction}, p.id ${direction} LIMIT ${parameter(limit)} OFFSET ${parameter(offset)}) AS p
       JOIN stock s ON s.product_id = p.id ORDER BY p.place ${direction}, p.id ${direction}`,
      parameters,
    );
  }

  async total(filter: ProductFilter): Promise<Total> {
    const { from, where, parameters } = conditionsOf(filter);
    const [row] = await this.transactions.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM (SELECT FROM ${from} WHERE ${where} LIMIT ${countedAtMost + 1}) AS counted`,
      parameters,
    );
    const count = row?.count ?? 0;
    if (count <= countedAtMost) return { count, estimated: false };
    const [plan] = await this.transactions.query<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
      `EXPLAIN (FORMAT JSON) SELECT FROM ${from} WHERE ${where}`,
      parameters,
    );
    return { count: Math.max(count, plan?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0), estimated: true };
  }

  byId(id: string): Promise<ProductEntity | null> {
    return this.products.findOne({ where: { id }, relations: { stock: true } });
  }

  async insert(product: Omit<ProductEntity, 'stock' | 'version'>): Promise<void> {
    await this.products.insert(product);
  }

  /**
   * Changes the product if it is in the catalogue and in one of the versions, where some are given.
   * @returns whether it was.
   */
  async update(id: string, changes: ProductChanges, versions?: readonly number[]): Promise<boolean> {
    const { affected } = await this.products.update(
      { id, deletedAt: IsNull(), ...(versions === undefined ? {} : { version: In([...versions]) }) },
      { ...changes, version: () => 'version + 1' },
    );
    return affected === 1;
  }

  /** Keeps the product as it is until the transaction ends; answers its version, or nothing if it isn't there. */
  async hold(id: string): Promise<number | undefined> {
    const [row] = await this.transactions.query<{ version: number }>(
      'SELECT version FROM products WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE',
      [id],
    );
    return row?.version;
  }

  /** The products of these ids that are in the catalogue. */
  async pricesOf(ids: readonly string[]): Promise<ProductEntity[]> {
    return this.products.findBy({ id: In([...ids]) });
  }
}

type ProductChanges = Partial<Omit<ProductEntity, 'id' | 'stock' | 'version'>>;
