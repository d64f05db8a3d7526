import { CursorQuery, IsText, MayBeAbsent } from '@gatehouse/platform/http';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsISO4217CurrencyCode, IsObject, Matches, Max, Min, ValidateNested } from 'class-validator';
import { productSorts } from '../product-list.js';

const category = /^[a-z][a-z0-9-]{0,49}$/;
const categoryMessage = { message: 'category must be lower-case letters, digits and hyphens' };

export class PriceDto {
  /** In minor units of the currency. @example 1999 */
  @IsInt()
  @Min(0)
  @Max(100_000_000)
  amount!: number;

  /** ISO 4217 @example "EUR" */
  @IsISO4217CurrencyCode()
  currency!: string;
}

export class CreateProductDto {
  /** @example "Brass door knocker" */
  @IsText(1, 200)
  name!: string;

  /** @example "A lion's head, cast by hand" */
  @IsText(0, 5000)
  description!: string;

  /** @example "hardware" */
  @Matches(category, categoryMessage)
  category!: string;

  @Type(() => PriceDto)
  @IsObject()
  @ValidateNested()
  price!: PriceDto;

  /** Pieces to sell. @example 12 */
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  stock!: number;
}

export class UpdateProductDto {
  @MayBeAbsent()
  @IsText(1, 200)
  name?: string;

  @MayBeAbsent()
  @IsText(0, 5000)
  description?: string;

  @MayBeAbsent()
  @Matches(category, categoryMessage)
  category?: string;

  @MayBeAbsent()
  @Type(() => PriceDto)
  @IsObject()
  @ValidateNested()
  price?: PriceDto;

  /** Sets the pieces there are to sell. */
  @MayBeAbsent()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  stock?: number;
}

export class ListProductsQuery extends CursorQuery {
  @MayBeAbsent()
  @Matches(category, categoryMessage)
  category?: string;

  /** Words of the name or the description, as in a web search: `"brass door" -knocker`. @example "lantern" */
  @MayBeAbsent()
  @IsText(1, 200)
  q?: string;

  /** In minor units of the product's own currency. */
  @MayBeAbsent()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(2_147_483_647)
  minPrice?: number;

  /** In minor units of the product's own currency. */
  @MayBeAbsent()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(2_147_483_647)
  maxPrice?: number;

  /** Those that can be ordered (`true`), or those that cannot; at most two seconds old. */
  @MayBeAbsent()
  @IsIn(['true', 'false'])
  inStock?: 'true' | 'false';

  /** When absent, `-createdAt`, newest first; with `q`, the most relevant first. */
  @MayBeAbsent()
  @IsIn(productSorts)
  sort?: (typeof productSorts)[number];
}
