import type { UserEntity } from '@gatehouse/features/users';
import { Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { type Attempt, Attempts, type Reservation } from '../attempts/attempts.service.js';
import { budgets } from '../attempts/budget.js';
import { AuthMails } from '../auth.mails.js';
import { AuthTrail } from '../auth.trail.js';
import { Passwords } from './passwords.js';

/** Asks somebody who is signed in for their password once more, without letting a stolen session try one after the other. */
@Injectable()
export class CurrentPassword {
  constructor(
    private readonly passwords: Passwords,
    private readonly attempts: Attempts,
    private readonly mails: AuthMails,
    private readonly trail: AuthTrail,
  ) {}

  /**
   * Answers the hash that the password is right for.
   * @throws Problem PASSWORD_WRONG, for a right one as well while the budget is locked; NO_PASSWORD when there is none.
   */
  async assertRight(user: UserEntity, password: string): Promise<string> {
    const { id: userId, passwordHash } = user;
    if (passwordHash === null) {
      throw new Problem('NO_PASSWORD', { detail: 'POST /api/auth/password/forgot mails a link that sets one' });
    }
    const attempt: Attempt = { budget: budgets.currentPassword, subject: userId };
    let reservation: Reservation = { allowed: false, locks: [] };
    const right = await this.passwords.matches(passwordHash, password, async () => {
      reservation = await this.attempts.reserve(attempt);
      return reservation.allowed;
    });
    if (!right) {
      await this.reportFailure(user, reservation);
      throw new Problem('PASSWORD_WRONG');
    }
    await this.attempts.clear(attempt);
    return passwordHash;
  }

  private async reportFailure({ id: userId, email }: UserEntity, { allowed, locks }: Reservation): Promise<void> {
    this.trail.failed('current-password.failed', userId, { reason: allowed ? 'wrong password' : 'locked' }, locks);
    for (const { first } of locks) {
      if (first) await this.mails.currentPasswordLocked(email);
    }
  }
}
