import type { AccountSecurity } from '@gatehouse/features/users';
import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import { PasswordTokensRepository } from './passwords/password-tokens.repository.js';
import { SessionsService } from './sessions/sessions.service.js';

/** The tables of this feature whose rows are one user's; what hangs on those goes with them. */
const belongings = [
  'sessions',
  'password_tokens',
  'email_changes',
  'sign_in_challenges',
  'second_factors',
  'identities',
];

/** What this feature does when an account is disabled or deleted. */
@Injectable()
export class AccountSecurityService implements AccountSecurity {
  constructor(
    private readonly sessions: SessionsService,
    private readonly passwordTokens: PasswordTokensRepository,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  async lockOut(userId: string, reason: string): Promise<void> {
    await this.sessions.endAllOf(userId, reason);
    await this.passwordTokens.voidAllOf(userId, this.clock.now());
  }

  async forget(userId: string): Promise<void> {
    for (const table of belongings) {
      await this.transactions.query(`DELETE FROM ${table} WHERE user_id = $1`, [userId]);
    }
  }
}
