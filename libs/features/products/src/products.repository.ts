import { Transactions } from '@gatehouse/platform/database';
import type { Sort } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { In, IsNull } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { CreateProductDto } from './dto/product-requests.dto.js';
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

  /** A batch of new products with their stock, in one statement. */
  async insertMany(products: readonly CreateProductDto[], now: Date): Promise<void> {
    await this.transactions.query(
      `WITH given AS (
         SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::int[])
           AS rows (id, name, description, category, price_amount, currency, quantity)),
       products AS (
         INSERT INTO products (id, name, description, category, price_amount, currency, created_at, updated_at)
         SELECT id, name, description, category, price_amount, currency, $8, $8 FROM given)
       INSERT INTO stock (product_id, quantity) SELECT id, quantity FROM given`,
      [
        products.map(() => uuidv7()),
        products.map(({ name }) => name),
        products.map(({ description }) => description),
        products.map(({ category }) => category),
        products.map(({ price }) => price.amount),
        products.map(({ price }) => price.currency),
        products.map(({ stock }) => stock),
        now,
      ],
    );
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
