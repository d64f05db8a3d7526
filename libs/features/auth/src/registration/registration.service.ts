import { UsersService } from '@gatehouse/features/users';
import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { LessThan, MoreThan } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { AuthMails } from '../auth.mails.js';
import type { RegisterDto, VerifyEmailDto } from '../dto/auth-requests.dto.js';
import { Passwords } from '../passwords/passwords.js';
import { newOpaqueToken, tokenHash } from '../tokens/opaque-token.js';
import { RegistrationEntity } from './registration.entity.js';

const lifetimeMs = 24 * 3_600_000;

@Injectable()
export class RegistrationService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly mails: AuthMails,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /** Does the same work whether or not the address has an account; only the mail differs. */
  async register({ email, name, password }: RegisterDto): Promise<void> {
    const now = this.clock.now();
    const token = newOpaqueToken();
    const passwordHash = await this.passwords.hash(password);
    const taken = await this.transactions.run(async () => {
      await this.registrations.delete({ expiresAt: LessThan(now) });
      await this.registrations.insert({
        id: uuidv7(),
        email,
        name,
        passwordHash,
        tokenHash: tokenHash(token),
        createdAt: now,
        expiresAt: new Date(now.getTime() + lifetimeMs),
      });
      return (await this.users.findByEmail(email)) !== null;
    });
    if (taken) this.mails.alreadyRegistered(email);
    else this.mails.verification(email, token);
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
      await this.users.create({ email, name, role: 'customer', passwordHash });
    });
  }

  private get registrations() {
    return this.transactions.repository(RegistrationEntity);
  }
}
