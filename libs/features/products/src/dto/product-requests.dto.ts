import { IsText, MayBeAbsent, PageQuery } from '@gatehouse/platform/http';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsISO4217CurrencyCode, IsObject, Matches, Max, Min, ValidateNested } from 'class-validator';

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

export const productSorts = ['createdAt', '-createdAt', 'price', '-price', 'name', '-name'] as const;

export class ListProductsQuery extends PageQuery {
  @MayBeAbsent()
  @Matches(category, categoryMessage)
  category?: string;

  /** `-createdAt`, newest first, when absent. */
  @MayBeAbsent()
  @IsIn(productSorts)
  sort?: (typeof productSorts)[number];
}
