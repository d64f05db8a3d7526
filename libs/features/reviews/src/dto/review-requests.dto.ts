import { IsText, MayBeAbsent, PageQuery } from '@gatehouse/platform/http';
import { IsInt, Max, Min } from 'class-validator';

export class WriteReviewDto {
  /** Stars, 1 to 5. @example 4 */
  @IsInt()
  @Min(1)
  @Max(5)
  rating!: number;

  /** @example "Gives a warm light" */
  @IsText(1, 2_000)
  text!: string;
}

export class UpdateReviewDto {
  /** @example 5 */
  @MayBeAbsent()
  @IsInt()
  @Min(1)
  @Max(5)
  rating?: number;

  @MayBeAbsent()
  @IsText(1, 2_000)
  text?: string;
}

export class ListReviewsQuery extends PageQuery {}
