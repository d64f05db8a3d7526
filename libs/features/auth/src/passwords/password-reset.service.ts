import { type UserEntity, UsersService } from '@gatehouse/features/users';
import { Clock } from '@gatehouse/platform/clock';
import { RequestContext } from '@gatehouse/platform/context';
import { Transactions } from '@gatehouse/platform/database';
import { Problem } from '@gatehouse/platform/http';
import { Jobs } from '@gatehouse/platform/jobs';
import { Injectable } from '@nestjs/common';
import { Attempts } from '../attempts/attempts.service.js';
import { signInByAccount } from '../attempts/budget.js';
import { AuthMails } from '../auth.mails.js';
import { AuthTrail } from '../auth.trail.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { newOpaqueToken, tokenHash } from '../tokens/opaque-token.js';
import type { ResetPasswordDto } from './dto/password-requests.dto.js';
import { assertAcceptable } from './password-policy.js';
import { type Addressee, PasswordTokensRepository } from './password-tokens.repository.js';
import { Passwords } from './passwords.js';

const resetLifetimeMs = 3_600_000;
const invitationLifetimeMs = 72 * 3_600_000;

@Injectable()
export class PasswordResetService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly tokens: PasswordTokensRepository,
    private readonly sessions: SessionsService,
    private readonly attempts: Attempts,
    private readonly mails: AuthMails,
    private readonly jobs: Jobs,
    private readonly trail: AuthTrail,
    private readonly transactions: Transactions,
    private readonly context: RequestContext,
    private readonly clock: Clock,
  ) {}

  /** Has {@link mailToken} done for any address, at once and alike: its time would tell whether it has an account. */
  async forgot(email: string): Promise<void> {
    await this.jobs.enqueue('auth.password-forgotten', { email });
  }

  /** Mails a token that sets a new password within the hour, if the address has an account. */
  async mailToken(email: string): Promise<void> {
    const user = await this.users.findByEmail(email);
    if (user === null || user.disabledAt !== null) return;
    await this.transactions.run(async () => {
      const token = await this.tokenFor(user);
      if (token !== undefined) await this.mails.passwordReset(user.email, token);
    });
  }

  /** A token that sets a password within the hour, once; none for who has another address or is disabled by now. */
  tokenFor(user: Addressee): Promise<string | undefined> {
    return this.issue(user, resetLifetimeMs);
  }

  async invite(userId: string): Promise<void> {
    const user = await this.users.get(userId);
    await this.transactions.run(async () => {
      const token = await this.issue(user, invitationLifetimeMs);
      if (token !== undefined) await this.mails.invitation(user.email, user.name, token);
    });
  }

  /**
   * Sets the password, once a token; ends every session of the user and every other token mailed to them, and lifts what
   * locks their sign-in.
   * @throws Problem TOKEN_NOT_USABLE, VALIDATION_FAILED
   */
  async reset({ token, password }: ResetPasswordDto): Promise<void> {
    const hash = tokenHash(token);
    // A token is guessed by nobody: there is nothing that the time of this could tell.
    const userId = await this.tokens.ownerOf(hash, this.clock.now());
    if (userId === undefined) throw new Problem('TOKEN_NOT_USABLE');
    const user = await this.users.get(userId);
    await assertAcceptable(password, user);
    await this.set(user, await this.passwords.hash(password), hash);
  }

  private async set(user: UserEntity, passwordHash: string, token: Buffer): Promise<void> {
    const { id: userId, email } = user;
    const now = this.clock.now();
    if (this.context.facts !== undefined) this.context.facts.actorId = userId;
    await this.transactions.run(async () => {
      // The user's row first, so that two tokens of one user wait for each other there.
      await this.users.setPasswordHash(userId, passwordHash, { emailVerified: true });
      if (!(await this.tokens.use(token, now))) throw new Problem('TOKEN_NOT_USABLE');
      await this.tokens.voidAllOf(userId, now);
      await this.attempts.clear(signInByAccount(email));
      await this.sessions.endAllOf(userId, 'password reset');
      await this.trail.done('password.reset', userId);
      if (user.passwordHash !== null) await this.mails.passwordChanged(email);
    });
  }

  private async issue(user: Addressee, lifetimeMs: number): Promise<string | undefined> {
    const token = newOpaqueToken();
    const now = this.clock.now();
    const expiresAt = new Date(now.getTime() + lifetimeMs);
    return (await this.tokens.insertFor(user, tokenHash(token), now, expiresAt)) ? token : undefined;
  }
}
