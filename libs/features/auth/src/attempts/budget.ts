import { canonicalEmail } from '@gatehouse/features/users';

/** How many failures somebody may have of one kind, and for how long the next try has to wait then. */
export interface Budget {
  readonly kind: string;
  /** So many failures cost nothing; the last of them begins the first lock. */
  readonly free: number;
  readonly firstLockMs: number;
  /** Each further failure doubles the lock up to this one. */
  readonly longestLockMs: number;
  /** In this time without a failure one failure is forgiven, so that what comes slowly never adds up. */
  readonly forgivenEveryMs: number;
  /**
   * What a success does. `clears`: only the owner succeeds, and starts anew. `gives-back`: several share the subject, so
   * that a success takes back its own try alone; else an attacker would wipe their failures with an account of their own.
   */
  readonly success: 'clears' | 'gives-back';
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** Every budget there is. */
export const budgets = {
  signInByAddress: {
    kind: 'sign-in by address',
    free: 50,
    firstLockMs: 30 * second,
    longestLockMs: 15 * minute,
    forgivenEveryMs: minute,
    success: 'gives-back',
  },
  signInByAccount: {
    kind: 'sign-in by account',
    free: 5,
    firstLockMs: 30 * second,
    longestLockMs: 15 * minute,
    forgivenEveryMs: 2 * hour,
    success: 'clears',
  },
  secondFactor: {
    kind: 'second factor',
    free: 10,
    firstLockMs: minute,
    longestLockMs: hour,
    forgivenEveryMs: 2 * hour,
    success: 'clears',
  },
  currentPassword: {
    kind: 'current password',
    free: 5,
    firstLockMs: 30 * second,
    longestLockMs: 15 * minute,
    forgivenEveryMs: 2 * hour,
    success: 'clears',
  },
} as const satisfies Record<string, Budget>;

/** How long the lock is that the first, second, third … failure begins; `null` while they are free. It ends at the longest. */
export function lockSchedule({ free, firstLockMs, longestLockMs }: Budget): (number | null)[] {
  const schedule: (number | null)[] = Array.from({ length: free - 1 }, () => null);
  for (let lock = firstLockMs; lock < longestLockMs; lock *= 2) schedule.push(lock);
  return [...schedule, longestLockMs];
}

/** A try to sign in to the account of this e-mail address, be there one or not. */
export function signInByAccount(email: string): { budget: Budget; subject: string } {
  return { budget: budgets.signInByAccount, subject: canonicalEmail(email) };
}
