import { UsersService } from '@gatehouse/features/users';
import { Clock } from '@gatehouse/platform/clock';
import { RequestContext } from '@gatehouse/platform/context';
import { Transactions } from '@gatehouse/platform/database';
import { Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
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
    this.mails.passwordReset(user.email, await this.issue(user.id, resetLifetimeMs));
  }

  async invite(userId: string, email: string, name: string): Promise<void> {
    this.mails.invitation(email, name, await this.issue(userId, invitationLifetimeMs));
  }

  /**
   * Sets the password, once a token, and ends every session of the user.
   * @throws Problem TOKEN_NOT_USABLE
   */
  async reset({ token, password }: ResetPasswordDto): Promise<void> {
    const passwordHash = await this.passwords.hash(password);
    const hash = tokenHash(token);
    const now = this.clock.now();
    await this.transactions.run(async () => {
      const usable = { hash, usedAt: IsNull(), expiresAt: MoreThan(now) };
      const { affected } = await this.tokens.update(usable, { usedAt: now });
      const used = affected === 1 ? await this.tokens.findOneBy({ hash }) : null;
      if (used === null) throw new Problem('TOKEN_NOT_USABLE');
      if (this.context.facts !== undefined) this.context.facts.actorId = used.userId;
      await this.users.setPasswordHash(used.userId, passwordHash);
      await this.sessions.endAllOf(used.userId, 'password reset');
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
