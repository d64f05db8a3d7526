import { Type } from 'class-transformer';
import { IsInt, Max, Min, registerDecorator, type ValidationArguments } from 'class-validator';

/** How far a list may be paged through, in items: the database reads and throws away what a page skips. */
const deepest = 10_000;
const largest = 100;

function WithinReach(): PropertyDecorator {
  return (target, property) => {
    registerDecorator({
      name: 'withinReach',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (page: unknown, args?: ValidationArguments) => Number(page) * limitOf(args?.object) <= deepest,
        defaultMessage: () => 'must not reach beyond the 10,000th item',
      },
    });
  };
}

/** A limit that isn't acceptable is reported by its own rules. */
function limitOf(query: object | undefined): number {
  return query instanceof PageQuery && query.limit <= largest ? query.limit : 1;
}

/** What every list takes: which page, and how many items it holds. */
export class PageQuery {
  /** Number of the page, from 1; page × limit is at most 10,000. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @WithinReach()
  page: number = 1;

  /** Items a page, at most 100. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(largest)
  limit: number = 20;
}

/** Items before the page. No member of the query: whatever is on its prototype would be accepted as a field. */
export function offsetOf({ page, limit }: PageQuery): number {
  return (page - 1) * limit;
}

export class Pagination {
  /** Number of the page; null where the list was read by cursor. */
  page!: number | null;
  limit!: number;
  /** Items there are in all. */
  total!: number;
  /** Whether the total is about right only, as it may be beyond 10,000. */
  totalEstimated!: boolean;
  /** Pages there are in all. */
  pages!: number;
  /** Where the next page begins, for lists that are read by cursor; null at the end. */
  nextCursor!: string | null;
}

/** How many items a list has. */
export interface Total {
  readonly count: number;
  readonly estimated: boolean;
}

/** One page of a list, on its way out. */
export class Page<T> {
  readonly pagination: Pagination;

  constructor(
    readonly items: readonly T[],
    total: number | Total,
    { page, limit }: { page: number | null; limit: number },
    nextCursor: string | null = null,
  ) {
    const { count, estimated } = typeof total === 'number' ? { count: total, estimated: false } : total;
    this.pagination = {
      page,
      limit,
      total: count,
      totalEstimated: estimated,
      pages: Math.ceil(count / limit),
      nextCursor,
    };
  }

  map<U>(transform: (item: T) => U): Page<U> {
    const { total, totalEstimated: estimated, nextCursor } = this.pagination;
    return new Page(this.items.map(transform), { count: total, estimated }, this.pagination, nextCursor);
  }
}
