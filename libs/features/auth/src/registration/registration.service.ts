import { canonicalEmail, UsersService } from '@gatehouse/features/users';
import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { Problem } from '@gatehouse/platform/http';
import { Jobs } from '@gatehouse/platform/jobs';
import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { AuthMails } from '../auth.mails.js';
import { assertAcceptable } from '../passwords/password-policy.js';
import { Passwords } from '../passwords/passwords.js';
import { newOpaqueToken, tokenHash } from '../tokens/opaque-token.js';
import type { RegisterDto, VerifyEmailDto } from './dto/registration-requests.dto.js';
import { RegistrationEntity } from './registration.entity.js';

const lifetimeMs = 24 * 3_600_000;

@Injectable()
export class RegistrationService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly mails: AuthMails,
    private readonly jobs: Jobs,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /**
   * Does the same work whether or not the address has an account; only the mail differs.
   * @throws Problem VALIDATION_FAILED for a password that is guessed first.
   */
  async register({ email, name, password }: RegisterDto): Promise<void> {
    await assertAcceptable(password, { email, name });
    const now = this.clock.now();
    const token = newOpaqueToken();
    const passwordHash = await this.passwords.hash(password);
    await this.transactions.run(async () => {
      await this.registrations.insert({
        id: uuidv7(),
        email,
        canonicalEmail: canonicalEmail(email),
        name,
        passwordHash,
        tokenHash: tokenHash(token),
        createdAt: now,
        expiresAt: expiry(now),
      });
      if ((await this.users.findByEmail(email)) !== null) await this.mails.alreadyRegistered(email);
      else await this.mails.verification(email, token);
    });
  }

  /** Has {@link mailAgain} done for any address, at once and alike: its time would tell whether one waits there. */
  async resend(email: string): Promise<void> {
    await this.jobs.enqueue('auth.verification-wanted', { email });
  }

  /**
   * Mails a token for the newest registration of the address, if one waits there. The tokens mailed before stay good:
   * mails overtake each other, and whoever asks may be a stranger.
   */
  mailAgain(email: string): Promise<void> {
    return this.transactions.run(() => this.repeat(email, newOpaqueToken()));
  }

  private async repeat(email: string, token: string): Promise<void> {
    const now = this.clock.now();
    const [waiting] = await this.transactions.query<{ email: string }>(
      `INSERT INTO registrations (id, email, canonical_email, name, password_hash, token_hash, created_at, expires_at)
       SELECT $1, email, canonical_email, name, password_hash, $2, $3, $4 FROM registrations
       WHERE canonical_email = $5 AND expires_at > $3 ORDER BY created_at DESC, id DESC LIMIT 1 RETURNING email`,
      [uuidv7(), tokenHash(token), now, expiry(now), canonicalEmail(email)],
    );
    if (waiting === undefined) return;
    if ((await this.users.findByEmail(email)) !== null) await this.mails.alreadyRegistered(waiting.email);
    else await this.mails.verification(waiting.email, token);
  }

  /**
   * Makes the account of the registration that the token was mailed for, if the password is that registration's: so
   * nobody gets an account in another's name by registering their address first.
   * @throws Problem TOKEN_NOT_USABLE
   */
  async verify({ token, password }: VerifyEmailDto): Promise<void> {
    const registration = await this.registrations.findOneBy({
      tokenHash: tokenHash(token),
      expiresAt: MoreThan(this.clock.now()),
    });
    const matches = await this.passwords.matches(registration?.passwordHash, password);
    if (registration === null || !matches) throw new Problem('TOKEN_NOT_USABLE');
    const { id, email, name, passwordHash } = registration;
    await this.transactions.run(async () => {
      const { affected } = await this.registrations.delete({ id });
      if (affected !== 1) throw new Problem('TOKEN_NOT_USABLE');
      await this.users.create({ email, name, role: 'customer', passwordHash, emailVerified: true });
    });
  }

  private get registrations() {
    return this.transactions.repository(RegistrationEntity);
  }
}

function expiry(now: Date): Date {
  return new Date(now.getTime() + lifetimeMs);
}
