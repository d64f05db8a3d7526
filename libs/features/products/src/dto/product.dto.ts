import type { ProductEntity } from '../product.entity.js';

/** An amount of money. */
export class MoneyDto {
  /** In minor units: 1999 is 19.99 where the currency has two decimals. */
  amount!: number;
  /** ISO 4217 */
  currency!: string;
}

export class ProductDto {
  id!: string;
  name!: string;
  description!: string;
  category!: string;
  price!: MoneyDto;
  /** Pieces that can be ordered; at most two seconds old. */
  stock!: number;
  createdAt!: Date;
  updatedAt!: Date;

  static of(product: ProductEntity): ProductDto {
    const { id, name, description, category, priceAmount, currency, createdAt, updatedAt, stock } = product;
    const price = { amount: priceAmount, currency };
    return { id, name, description, category, price, stock: stock.quantity, createdAt, updatedAt };
  }
}
