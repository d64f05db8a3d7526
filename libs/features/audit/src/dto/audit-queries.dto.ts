import { IsIdentifier, MayBeAbsent, PageQuery } from '@gatehouse/platform/http';
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsDate, Matches } from 'class-validator';

const resourceForm = /^[a-z][a-z-]{0,39}$/;
const resourceIdForm = /^[A-Za-z0-9.:-]{1,64}$/;
const actionForm = /^[a-z][a-z-]{0,39}\.[a-z][a-z-]{0,39}$/;
const momentForm = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;
const cursorForm = /^[A-Za-z0-9_-]{1,100}$/;
const never = new Date(Number.NaN);

/** A moment in ISO 8601 with its zone; a date alone is its beginning in UTC. */
const IsMoment = (): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => {
      if (value === undefined) return undefined;
      return typeof value === 'string' && momentForm.test(value) ? new Date(value) : never;
    }),
    IsDate({ message: '$property must be a moment such as 2026-08-01T00:00:00Z' }),
    ApiProperty({ type: String, format: 'date-time', required: false }),
  );

/** One thing, as a path names it. */
export class SubjectParameters {
  /** @example "product" */
  @Matches(resourceForm, { message: 'resource is malformed' })
  resource!: string;

  @Matches(resourceIdForm, { message: 'resourceId is malformed' })
  resourceId!: string;
}

/** A stretch of time. */
export class PeriodQuery {
  /** Then or later. */
  @MayBeAbsent()
  @IsMoment()
  from?: Date;

  /** Before. */
  @MayBeAbsent()
  @IsMoment()
  to?: Date;
}

/** Which entries are meant. */
export class EntriesFilter extends PeriodQuery {
  /** Such as `product`; of security events also `route`, `permission`, `address`. @example "product" */
  @MayBeAbsent()
  @Matches(resourceForm, { message: 'resource is malformed' })
  resource?: string;

  @MayBeAbsent()
  @Matches(resourceIdForm, { message: 'resourceId is malformed' })
  resourceId?: string;

  /** The user who did it. */
  @MayBeAbsent()
  @IsIdentifier()
  actorId?: string;

  /** @example "product.updated" */
  @MayBeAbsent()
  @Matches(actionForm, { message: 'action is malformed' })
  action?: string;
}

export class TrailQuery extends PageQuery {
  /** `nextCursor` of a page of the same list; in the place of `page`. */
  @MayBeAbsent()
  @Matches(cursorForm, { message: 'cursor is malformed' })
  cursor?: string;
}

export class ListEntriesQuery extends IntersectionType(EntriesFilter, TrailQuery) {}

export class ExportQuery extends EntriesFilter {
  /** Id of the last entry that has arrived: an export that was cut off goes on behind it. */
  @MayBeAbsent()
  @IsIdentifier()
  after?: string;
}
