import type { JobDeclaration } from './job-consumer.js';

/**
 * The library's queues, one for each pace: hours of exporting hold no mail up. They are made by a migration, because
 * each is a table, and the service's role makes none.
 */
export const lanes = ['short', 'long'] as const;
export type Lane = (typeof lanes)[number];

/** How many jobs a process runs at once. */
export const slots: Readonly<Record<Lane, number>> = { short: 4, long: 2 };

const longestShortMs = 60_000;

export function laneOf({ timeoutMs }: Pick<JobDeclaration, 'timeoutMs'>): Lane {
  return timeoutMs > longestShortMs ? 'long' : 'short';
}
