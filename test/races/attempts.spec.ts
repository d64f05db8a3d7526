import { createHash } from 'node:crypto';
import { type Attempt, Attempts, type Budget } from '@gatehouse/features/auth';
import { Transactions } from '@gatehouse/platform/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';

const times = <T>(count: number, work: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => work(i));
const minute = 60_000;
const wide: Budget = {
  kind: 'wide',
  free: 12,
  firstLockMs: minute,
  longestLockMs: minute,
  forgivenEveryMs: minute,
  success: 'gives-back',
};
const narrow: Budget = {
  kind: 'narrow',
  free: 5,
  firstLockMs: minute,
  longestLockMs: 4 * minute,
  forgivenEveryMs: 60 * minute,
  success: 'clears',
};

describe('a budget of attempts', () => {
  let api: Api;
  let other: Api;
  let attempts: Attempts;
  let subjects = 0;
  beforeAll(async () => {
    api = await startApi();
    other = await startApi({ database: api.database });
    api.clock.hold();
    attempts = api.app.get(Attempts, { strict: false });
  });
  afterAll(async () => {
    await other.close();
    await api.close();
  });

  const fresh = (budget: Budget): Attempt => {
    subjects += 1;
    return { budget, subject: `subject ${subjects}` };
  };
  const reserve = async (...tries: Attempt[]) => (await attempts.reserve(...tries)).allowed;
  const allowed = async (...tries: Attempt[]) => {
    let count = 0;
    while (count < 100 && (await reserve(...tries))) count += 1;
    return count;
  };

  it('is never exceeded by 20 tries at once on two processes, 20 times over', async () => {
    const both = [attempts, other.app.get(Attempts, { strict: false })];
    for (const _ of times(20, () => 0)) {
      const attempt = fresh(narrow);
      const answers = await Promise.all(times(20, (index) => both[index % 2]?.reserve(attempt)));
      expect(answers.filter((answer) => answer?.allowed)).toHaveLength(5);
      const locks = answers.flatMap((answer) => answer?.locks ?? []);
      expect(locks).toMatchObject([{ kind: 'narrow', first: true }]);
    }
  });

  it('survives 20 tries at once on the same two budgets in either order, with clearing among them, without a deadlock', async () => {
    for (const _ of times(20, () => 0)) {
      const pair = [fresh(wide), fresh(narrow)];
      await Promise.all(
        times(20, async (index) => {
          const tries = index % 2 === 0 ? pair : pair.toReversed();
          const done = await attempts.reserve(...tries);
          if (done.allowed && index % 3 === 0) await attempts.clear(...tries.toReversed());
        }),
      );
    }
  });

  it('locks for longer with each failure up to the longest lock, and lets one try through in between', async () => {
    const attempt = fresh(narrow);
    expect(await allowed(attempt)).toBe(5);
    for (const lock of [1, 2, 4, 4, 4]) {
      api.clock.advance(lock * minute - 1);
      expect(await reserve(attempt)).toBe(false);
      api.clock.advance(1);
      expect(await allowed(attempt)).toBe(1);
    }
  });

  it('says which lock is the first of a row', async () => {
    const attempt = fresh(narrow);
    await allowed(attempt);
    api.clock.advance(minute);
    const { locks } = await attempts.reserve(attempt);
    expect(locks).toEqual([{ kind: 'narrow', first: false, until: new Date(api.clock.milliseconds() + 2 * minute) }]);
  });

  it("isn't prolonged by knocking", async () => {
    const attempt = fresh(narrow);
    await allowed(attempt);
    for (const _ of times(50, () => 0)) expect(await reserve(attempt)).toBe(false);
    api.clock.advance(minute);
    expect(await reserve(attempt)).toBe(true);
  });

  it('forgives a failure at a time', async () => {
    const attempt = fresh(narrow);
    await allowed(attempt);
    api.clock.advance(2 * 60 * minute);
    expect(await allowed(attempt)).toBe(2);
    api.clock.advance(24 * 60 * minute);
    expect(await allowed(attempt)).toBe(5);
  });

  it('is whole again after a success', async () => {
    const attempt = fresh(narrow);
    await allowed(attempt);
    await attempts.clear(attempt);
    expect(await allowed(attempt)).toBe(5);
  });

  it('gets back the one try of a success where several share it', async () => {
    const attempt = fresh(wide);
    for (const _ of times(5, () => 0)) await reserve(attempt);
    for (const _ of times(30, () => 0)) {
      expect(await reserve(attempt)).toBe(true);
      await attempts.clear(attempt);
    }
    expect(await allowed(attempt)).toBe(7);
  });

  it("isn't used up by tries that another budget shuts out", async () => {
    const [here, account] = [fresh(wide), fresh(narrow)];
    await allowed(here);
    expect(await reserve(here, account)).toBe(false);
    expect(await allowed(account)).toBe(5);
  });

  it('S10 names nobody in the database, nor by a digest that can be guessed', async () => {
    await attempts.reserve({ budget: narrow, subject: 'grace@example.com' });
    const rows = await api.database.query<{ text: string; digest: string }>(
      "SELECT attempts::text || encode(subject, 'escape') AS text, encode(subject, 'hex') AS digest FROM attempts",
    );
    expect(rows.length).toBeGreaterThan(0);
    const guess = createHash('sha256').update('grace@example.com').digest('hex');
    for (const { text, digest } of rows) {
      expect(text).not.toContain('grace');
      expect(digest).toHaveLength(64);
      expect(digest).not.toBe(guess);
    }
  });

  it('is counted before a transaction, never inside one', async () => {
    const transactions = api.app.get(Transactions, { strict: false });
    await expect(transactions.run(() => attempts.reserve(fresh(narrow)))).rejects.toThrow('before a transaction');
  });

  it('leaves no row behind when all is forgotten, and none that still counts is lost', async () => {
    await attempts.reserve(fresh(narrow));
    api.clock.advance(24 * 60 * minute);
    const locked = fresh(narrow);
    await allowed(locked);
    await attempts.purge();
    // One that began by itself may be at work on what this one passed over.
    await expect.poll(() => api.database.query('SELECT FROM attempts')).toHaveLength(1);
    expect(await reserve(locked)).toBe(false);
  });
});
