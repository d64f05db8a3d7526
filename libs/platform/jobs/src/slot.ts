import { createHash } from 'node:crypto';
import { parseDuration } from '@gatehouse/platform/config';
import cronParser from 'cron-parser';
import { v7 as uuidv7 } from 'uuid';

const duration = /^\d+[smhd]$/;

/**
 * The last instant at or before `now` (milliseconds of the epoch) at which the job was due.
 * @throws Error when `every` is neither a duration nor a cron expression.
 */
export function dueAt(every: string, now: number): number {
  if (duration.test(every)) {
    const length = parseDuration(every);
    return Math.floor(now / length) * length;
  }
  // The parser counts in whole seconds, and looks strictly before the one it is given.
  const currentDate = new Date(Math.floor(now / 1_000) * 1_000 + 1_000);
  return cronParser.parseExpression(every, { currentDate, tz: 'UTC' }).prev().getTime();
}

/** The id of the job of this name that was due then: every process makes the same one. */
export function idOf(name: string, due: number): string {
  return uuidv7({ msecs: due, random: createHash('sha256').update(name).digest().subarray(0, 16) });
}
