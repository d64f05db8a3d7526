import { parseDuration } from '@gatehouse/platform/config';
import { Problem } from '@gatehouse/platform/http';
import type { CreateGrantDto } from './dto/grant.dto.js';

/** From when until when a grant is in force; `null` until it is revoked. */
export interface GrantTimes {
  readonly startsAt: Date;
  readonly expiresAt: Date | null;
}

/** A client's clock may be behind ours by this much; a grant that began earlier would say what wasn't so. */
const behindMs = 60_000;
const aheadYears = 10;

/**
 * The times that a request for a grant asks for, at the instant `now`.
 * @throws Problem VALIDATION_FAILED naming the field, for times that aren't, are over, or lie further ahead than 10 years.
 */
export function grantTimes(dto: Pick<CreateGrantDto, 'startsAt' | 'expiresAt' | 'expiresIn'>, now: Date): GrantTimes {
  if (dto.expiresAt !== undefined && dto.expiresIn !== undefined)
    throw invalid('expiresIn', 'and expiresAt exclude each other');
  const latest = new Date(now);
  latest.setUTCFullYear(now.getUTCFullYear() + aheadYears);
  const startsAt = dto.startsAt === undefined ? now : instant('startsAt', dto.startsAt);
  if (startsAt.getTime() < now.getTime() - behindMs) throw invalid('startsAt', 'must not be in the past');
  if (startsAt > latest) throw invalid('startsAt', tooFar);
  const expiresAt = end(dto, startsAt);
  if (expiresAt === null) return { startsAt, expiresAt };
  const field = dto.expiresIn === undefined ? 'expiresAt' : 'expiresIn';
  if (expiresAt <= now) throw invalid(field, 'must end in the future');
  if (expiresAt <= startsAt) throw invalid(field, 'must be after startsAt');
  if (expiresAt > latest) throw invalid(field, `${tooFar}; leave it out for a grant without an end`);
  return { startsAt, expiresAt };
}

const tooFar = `must not be more than ${aheadYears} years ahead`;

function end({ expiresAt, expiresIn }: Pick<CreateGrantDto, 'expiresAt' | 'expiresIn'>, startsAt: Date): Date | null {
  if (expiresIn !== undefined) return new Date(startsAt.getTime() + parseDuration(expiresIn));
  return expiresAt === undefined ? null : instant('expiresAt', expiresAt);
}

/** ISO 8601 knows weeks, days of the year and times of no zone as well, which mean nothing or something else here. */
function instant(field: string, text: string): Date {
  const date = new Date(text);
  const zoned = !text.includes('T') || /(Z|[+-]\d{2}:\d{2})$/.test(text);
  if (Number.isNaN(date.getTime()) || !zoned) throw invalid(field, 'must be a time such as 2026-01-31T12:00:00Z');
  return date;
}

function invalid(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', { errors: [{ field, message }] });
}
