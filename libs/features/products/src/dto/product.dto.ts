import { ApiProperty } from '@nestjs/swagger';
import type { ListedProduct } from '../products.repository.js';

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
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;

  /** In the form it is sent in, times as text, so that a cached page isn't turned into it again at each request. */
  static of(product: ListedProduct): ProductDto {
    const { id, name, description, category, priceAmount, currency, stock } = product;
    return {
      id,
      name,
      description,
      category,
      price: { amount: priceAmount, currency },
      stock,
      createdAt: product.createdAt.toISOString(),
      updatedAt: product.updatedAt.toISOString(),
    };
  }
}
