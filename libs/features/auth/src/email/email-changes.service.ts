import { type EmailChanges, UsersService } from '@gatehouse/features/users';
import { Clock } from '@gatehouse/platform/clock';
import { RequestContext } from '@gatehouse/platform/context';
import { Transactions } from '@gatehouse/platform/database';
import { Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { AuthMails } from '../auth.mails.js';
import { AuthTrail } from '../auth.trail.js';
import { PasswordTokensRepository } from '../passwords/password-tokens.repository.js';
import { newOpaqueToken, tokenHash } from '../tokens/opaque-token.js';
import { EmailChangesRepository } from './email-changes.repository.js';

const lifetimeMs = 24 * 3_600_000;

/** Changes of e-mail address: asked for by who is signed in, made by who reads the new address's mail. */
@Injectable()
export class EmailChangesService implements EmailChanges {
  constructor(
    private readonly repository: EmailChangesRepository,
    private readonly passwordTokens: PasswordTokensRepository,
    private readonly users: UsersService,
    private readonly mails: AuthMails,
    private readonly trail: AuthTrail,
    private readonly transactions: Transactions,
    private readonly context: RequestContext,
    private readonly clock: Clock,
  ) {}

  /** Does the same whether or not the address has an account; only the mail there differs. */
  async request(user: { readonly id: string; readonly email: string }, email: string): Promise<void> {
    const now = this.clock.now();
    const token = newOpaqueToken();
    const holder = await this.users.findByEmail(email);
    const isTaken = holder !== null && holder.id !== user.id;
    const expiresAt = new Date(now.getTime() + lifetimeMs);
    await this.transactions.run(async () => {
      await this.repository.put({ userId: user.id, email, tokenHash: tokenHash(token), createdAt: now, expiresAt });
      await this.trail.done('email-change.requested', user.id);
      await this.mails.addressAskedFor(user.email);
      if (isTaken) await this.mails.addressTaken(email);
      else await this.mails.newAddress(email, token);
    });
  }

  withdraw(userId: string): Promise<void> {
    return this.repository.deleteOf(userId);
  }

  async pending(userId: string): Promise<string | null> {
    return (await this.repository.ofUser(userId, this.clock.now()))?.email ?? null;
  }

  /**
   * Makes the change that the token was mailed for, once. What was mailed to the old address sets no password any more.
   * @throws Problem TOKEN_NOT_USABLE, CONFLICT when the address has got an account since.
   */
  async confirm(token: string): Promise<void> {
    const hash = tokenHash(token);
    const now = this.clock.now();
    const wanted = await this.repository.byToken(hash, now);
    if (wanted === null) throw new Problem('TOKEN_NOT_USABLE');
    const { userId, email } = wanted;
    if (this.context.facts !== undefined) this.context.facts.actorId = userId;
    await this.transactions.run(async () => {
      // The user's row first, so that whoever else uses the token or voids it waits there.
      const before = await this.users.changeEmail(userId, email);
      if (before === undefined || !(await this.repository.take(hash))) throw new Problem('TOKEN_NOT_USABLE');
      await this.passwordTokens.voidAllOf(userId, now);
      await this.mails.addressChanged(before);
      await this.trail.done('email.changed', userId);
    });
  }
}
