import type { Principal } from '@gatehouse/access';
import { UsersService } from '@gatehouse/features/users';
import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { Attempts } from '../attempts/attempts.service.js';
import { signInByAccount } from '../attempts/budget.js';
import { AuthMails } from '../auth.mails.js';
import { AuthTrail } from '../auth.trail.js';
import { SessionsService, type TokenPair } from '../sessions/sessions.service.js';
import { CurrentPassword } from './current-password.js';
import type { ChangePasswordDto } from './dto/password-requests.dto.js';
import { assertAcceptable } from './password-policy.js';
import { PasswordTokensRepository } from './password-tokens.repository.js';
import { normalise, Passwords } from './passwords.js';

@Injectable()
export class PasswordChangeService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly current: CurrentPassword,
    private readonly tokens: PasswordTokensRepository,
    private readonly sessions: SessionsService,
    private readonly attempts: Attempts,
    private readonly mails: AuthMails,
    private readonly trail: AuthTrail,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /**
   * Changes the password of who is signed in and knows it; ends their other sessions and every token mailed to them, and
   * puts a new session in the place of this one.
   * @throws Problem PASSWORD_WRONG, NO_PASSWORD, VALIDATION_FAILED; CONFLICT when it was changed meanwhile.
   */
  async change(principal: Principal, { currentPassword, newPassword }: ChangePasswordDto): Promise<TokenPair> {
    const user = await this.users.get(principal.id);
    const { id: userId, email } = user;
    // Both are the caller's: what this says tells nothing about the right one.
    if (normalise(newPassword) === normalise(currentPassword)) {
      const error = { field: 'newPassword', message: 'must be another one than the current password' };
      throw new Problem('VALIDATION_FAILED', { errors: [error] });
    }
    await assertAcceptable(newPassword, user, 'newPassword');
    const known = await this.current.assertRight(user, currentPassword);
    const passwordHash = await this.passwords.hash(newPassword);
    return this.transactions.run(async () => {
      if (!(await this.users.replacePasswordHash(userId, known, passwordHash))) {
        throw new Problem('CONFLICT', { detail: 'The password was changed meanwhile' });
      }
      await this.tokens.voidAllOf(userId, this.clock.now());
      await this.attempts.clear(signInByAccount(email));
      await this.mails.passwordChanged(email);
      await this.trail.done('password.changed', userId);
      return this.sessions.renew(principal, 'password changed');
    });
  }
}
