import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

const deepest = 10_000;

/** What every list takes: which page, and how many items it holds. */
export class PageQuery {
  /** Number of the page, from 1. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(deepest)
  page: number = 1;

  /** Items a page, at most 100. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;

  get offset(): number {
    return (this.page - 1) * this.limit;
  }
}

export class Pagination {
  page!: number;
  limit!: number;
  /** Items there are in all. */
  total!: number;
  /** Pages there are in all. */
  pages!: number;
  /** Where the next page begins, for lists that are read by cursor. */
  nextCursor!: string | null;
}

/** One page of a list, on its way out. */
export class Page<T> {
  readonly pagination: Pagination;

  constructor(
    readonly items: readonly T[],
    total: number,
    { page, limit }: { page: number; limit: number },
  ) {
    this.pagination = { page, limit, total, pages: Math.ceil(total / limit), nextCursor: null };
  }

  map<U>(transform: (item: T) => U): Page<U> {
    return new Page(this.items.map(transform), this.pagination.total, this.pagination);
  }
}
