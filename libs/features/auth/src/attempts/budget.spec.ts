import { describe, expect, it } from 'vitest';
import { type Budget, budgets, lockSchedule } from './budget.js';

const base = { kind: 'test', forgivenEveryMs: 1, success: 'clears' } as const satisfies Partial<Budget>;

describe('lockSchedule', () => {
  it('begins with the last free failure and doubles up to the longest lock', () => {
    expect(lockSchedule({ ...base, free: 3, firstLockMs: 10, longestLockMs: 70 })).toEqual([
      null,
      null,
      10,
      20,
      40,
      70,
    ]);
  });

  it('has one length of lock where the first is the longest', () => {
    expect(lockSchedule({ ...base, free: 1, firstLockMs: 10, longestLockMs: 10 })).toEqual([10]);
  });

  it('forgets everything within a day and a half of the last failure', () => {
    for (const { success, forgivenEveryMs, ...budget } of Object.values<Budget>(budgets)) {
      const all = lockSchedule({ success, forgivenEveryMs, ...budget }).length * forgivenEveryMs;
      expect([budget.kind, all <= 36 * 3_600_000]).toEqual([budget.kind, true]);
    }
  });
});
