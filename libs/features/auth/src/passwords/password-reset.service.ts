import { UsersService } from '@gatehouse/features/users';
import { Clock } from '@gatehouse/platform/clock';
import { RequestContext } from '@gatehouse/platform/context';
import { Transactions } from '@gatehouse/platform/database';
import { Problem } from '@gatehouse/platform/http';
import { Injectable, Logger } from '@nestjs/common';
import { IsNull, MoreThan } from 'typeorm';
import { AuthMails } from '../auth.mails.js';
import type { ResetPasswordDto } from '../dto/auth-requests.dto.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { newOpaqueToken, tokenHash } from '../tokens/opaque-token.js';
import { PasswordTokenEntity } from './password-token.entity.js';
import { Passwords } from './passwords.js';

const resetLifetimeMs = 3_600_000;
const invitationLifetimeMs = 72 * 3_600_000;

@Injectable()
export class PasswordResetService {
  private readonly logger = new Logger(PasswordResetService.name);

  constructor(
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly sessions: SessionsService,
    private readonly mails: AuthMails,
    private readonly transactions: Transactions,
    private readonly context: RequestContext,
    private readonly clock: Clock,
  ) {}

  /** Mails a token that sets a new password within the hour, if the address has an account; never says whether. */
  async forgot(email: string): Promise<void> {
    const user = await this.users.findByEmail(email);
    if (user === null || user.disabledAt !== null) return;
    // The answer doesn't wait for what only a known address needs: its time would tell.
    this.issue(user.id, resetLifetimeMs).then(
      (token) => this.mails.passwordReset(user.email, token),
      (error: unknown) => this.logger.error(error),
    );
  }

  async invite(userId: string, email: string, name: string): Promise<void> {
    this.mails.invitation(email, name, await this.issue(userId, invitationLifetimeMs));
  }

  /**
   * Sets the password, once a token, and ends every session of the user and every other token mailed to them.
   * @throws Problem TOKEN_NOT_USABLE
   */
  async reset({ token, password }: ResetPasswordDto): Promise<void> {
    const passwordHash = await this.passwords.hash(password);
    const hash = tokenHash(token);
    const now = this.clock.now();
    await this.transactions.run(async () => {
      const found = await this.tokens.findOneBy({ hash });
      if (found === null) throw new Problem('TOKEN_NOT_USABLE');
      const { userId } = found;
      if (this.context.facts !== undefined) this.context.facts.actorId = userId;
      // The user's row first, so that two tokens of one user wait for each other there.
      await this.users.setPasswordHash(userId, passwordHash);
      const { affected } = await this.tokens.update(
        { hash, usedAt: IsNull(), expiresAt: MoreThan(now) },
        { usedAt: now },
      );
      if (affected !== 1) throw new Problem('TOKEN_NOT_USABLE');
      await this.tokens.update({ userId, usedAt: IsNull() }, { usedAt: now });
      await this.sessions.endAllOf(userId, 'password reset');
    });
  }

  private async issue(userId: string, lifetimeMs: number): Promise<string> {
    const token = newOpaqueToken();
    const now = this.clock.now();
    await this.tokens.insert({
      hash: tokenHash(token),
      userId,
      createdAt: now,
      expiresAt: new Date(now.getTime() + lifetimeMs),
      usedAt: null,
    });
    return token;
  }

  private get tokens() {
    return this.transactions.repository(PasswordTokenEntity);
  }
}
