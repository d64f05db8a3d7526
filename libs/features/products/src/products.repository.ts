import { Transactions } from '@gatehouse/platform/database';
import type { Sort } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { In, IsNull } from 'typeorm';
import { ProductEntity } from './product.entity.js';
import { StockEntity } from './stock.entity.js';

export interface ProductFilter {
  readonly category: string | undefined;
  readonly sort: Sort<'createdAt' | 'priceAmount' | 'name'>;
  readonly offset: number;
  readonly limit: number;
}

@Injectable()
export class ProductsRepository {
  constructor(private readonly transactions: Transactions) {}

  private get products() {
    return this.transactions.repository(ProductEntity);
  }

  async list({ category, sort, offset, limit }: ProductFilter): Promise<{ products: ProductEntity[]; total: number }> {
    // offset and limit rather than skip and take, which would first select the ids: one product has one stock row.
    const query = this.products
      .createQueryBuilder('product')
      .innerJoinAndSelect('product.stock', 'stock')
      .orderBy(`product.${sort.column}`, sort.direction)
      .addOrderBy('product.id', sort.direction)
      .offset(offset)
      .limit(limit);
    if (category !== undefined) query.where('product.category = :category', { category });
    const [products, total] = await query.getManyAndCount();
    return { products, total };
  }

  byId(id: string): Promise<ProductEntity | null> {
    return this.products.findOne({ where: { id }, relations: { stock: true } });
  }

  async insert(product: Omit<ProductEntity, 'stock'>, quantity: number): Promise<void> {
    await this.products.insert(product);
    await this.transactions.repository(StockEntity).insert({ productId: product.id, quantity });
  }

  async update(id: string, changes: Partial<Omit<ProductEntity, 'id' | 'stock'>>): Promise<boolean> {
    const { affected } = await this.products.update({ id, deletedAt: IsNull() }, changes);
    return affected === 1;
  }

  async setStock(productId: string, quantity: number): Promise<void> {
    await this.transactions.repository(StockEntity).update({ productId }, { quantity });
  }

  /** Takes `quantity` pieces if there are as many; the one statement decides, so that the last piece is sold once. */
  async takeStock(productId: string, quantity: number): Promise<boolean> {
    const rows = await this.transactions.query<{ id: string }>(
      `WITH taken AS (UPDATE stock SET quantity = quantity - $2 WHERE product_id = $1 AND quantity >= $2 RETURNING product_id)
       SELECT product_id AS id FROM taken`,
      [productId, quantity],
    );
    return rows.length === 1;
  }

  async giveStockBack(productId: string, quantity: number): Promise<void> {
    await this.transactions.query('UPDATE stock SET quantity = quantity + $2 WHERE product_id = $1', [
      productId,
      quantity,
    ]);
  }

  /** The products of these ids that are in the catalogue. */
  async pricesOf(ids: readonly string[]): Promise<ProductEntity[]> {
    return this.products.findBy({ id: In([...ids]) });
  }
}
