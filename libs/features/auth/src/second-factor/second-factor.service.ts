import type { Principal } from '@gatehouse/access';
import { UsersService } from '@gatehouse/features/users';
import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { DomainEvents } from '@gatehouse/platform/events';
import { Problem } from '@gatehouse/platform/http';
import { EncryptedColumns, KeyRing } from '@gatehouse/platform/secrets';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { toDataURL } from 'qrcode';
import { SecondFactorDisabled, SecondFactorEnabled } from '../auth.events.js';
import { AuthTrail } from '../auth.trail.js';
import { SessionsService, type TokenPair } from '../sessions/sessions.service.js';
import { tokenHash } from '../tokens/opaque-token.js';
import { presentedCode } from './presented-code.js';
import { newRecoveryCodes } from './recovery-codes.js';
import { SecondFactorRepository } from './second-factor.repository.js';
import { secretContext } from './second-factor-codes.js';
import { Totp } from './totp.js';

/** What a user learns of their secret, once. */
export interface Enrolment {
  /** In base32. */
  readonly secret: string;
  readonly otpauthUrl: string;
  /** PNG as a data URL. */
  readonly qrCode: string;
}

export interface SecondFactorStatus {
  readonly since: Date | null;
  readonly recoveryCodesLeft: number;
}

/**
 * The second factor as its user sets it up and takes it away. Each change locks the user first, as each sign-in does
 * before it begins a session: neither happens in the middle of the other.
 */
@Injectable()
export class SecondFactorService implements OnModuleInit {
  constructor(
    private readonly repository: SecondFactorRepository,
    private readonly totp: Totp,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly events: DomainEvents,
    private readonly trail: AuthTrail,
    private readonly keyRing: KeyRing,
    private readonly encryptedColumns: EncryptedColumns,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.encryptedColumns.register({
      table: 'second_factors',
      key: 'user_id',
      column: 'secret',
      context: secretContext,
    });
  }

  async status(userId: string): Promise<SecondFactorStatus> {
    const factor = await this.repository.of(userId);
    return {
      since: factor?.enabledAt ?? null,
      recoveryCodesLeft: await this.repository.recoveryCodesLeft(userId),
    };
  }

  /**
   * Makes a secret that counts once it was enabled; a secret that is still pending is forgotten.
   * @throws Problem CONFLICT when one is enabled.
   */
  async setUp({ id: userId, email }: Principal): Promise<Enrolment> {
    const secret = this.totp.newSecret();
    const otpauthUrl = this.totp.uri(secret, email);
    await this.changing(userId, async () => {
      if (await this.repository.isEnabled(userId)) throw alreadyEnabled();
      await this.repository.setUp({
        userId,
        secret: this.keyRing.encrypt(secret, secretContext(userId)),
        enabledAt: null,
        lastStep: null,
        recoveryCodesAt: null,
        createdAt: this.clock.now(),
      });
    });
    return { secret, otpauthUrl, qrCode: await toDataURL(otpauthUrl) };
  }

  /**
   * Enables the pending secret with a code of it and ends every other session of the user.
   * @throws Problem CONFLICT when nothing is pending, VALIDATION_FAILED when the code isn't the secret's.
   */
  enable(principal: Principal, code: string): Promise<{ recoveryCodes: string[]; tokens: TokenPair }> {
    const { id: userId, session } = principal;
    return this.changing(userId, async () => {
      const factor = await this.repository.of(userId);
      if (factor === null) throw new Problem('CONFLICT', { detail: 'Set a second factor up first' });
      if (factor.enabledAt !== null) throw alreadyEnabled();
      await this.repository.enable(userId, await this.stepOf(code, userId, factor.secret), this.clock.now());
      const recoveryCodes = await this.replaceRecoveryCodes(userId);
      const proof = { methods: [...new Set([...session.methods, 'otp'])], secondFactor: true };
      const tokens = await this.sessions.renew(principal, 'second factor enabled', proof);
      await this.events.publish(new SecondFactorEnabled(userId));
      await this.trail.done('second-factor.enabled', userId);
      return { recoveryCodes, tokens };
    });
  }

  /**
   * Takes the second factor away and ends every other session of the user.
   * @throws Problem CONFLICT when none is enabled.
   */
  disable(principal: Principal): Promise<TokenPair> {
    return this.changing(principal.id, async () => {
      if (!(await this.repository.delete(principal.id))) throw notEnabled();
      await this.events.publish(new SecondFactorDisabled(principal.id));
      await this.trail.done('second-factor.disabled', principal.id);
      return this.sessions.renew(principal, 'second factor disabled', { secondFactor: false });
    });
  }

  /**
   * Makes ten new recovery codes; those there were are worth nothing from now on.
   * @throws Problem CONFLICT when no second factor is enabled.
   */
  renewRecoveryCodes(userId: string): Promise<string[]> {
    return this.changing(userId, async () => {
      if (!(await this.repository.isEnabled(userId))) throw notEnabled();
      await this.trail.done('recovery-codes.renewed', userId);
      return this.replaceRecoveryCodes(userId);
    });
  }

  private changing<T>(userId: string, change: () => Promise<T>): Promise<T> {
    return this.transactions.run(async () => {
      await this.users.lock(userId);
      return change();
    });
  }

  private async stepOf(text: string, userId: string, secret: string): Promise<number> {
    const given = presentedCode(text);
    const step =
      given?.method === 'otp'
        ? await this.totp.stepOf(given.code, this.keyRing.decrypt(secret, secretContext(userId)).toString())
        : undefined;
    if (step !== undefined) return step;
    throw new Problem('VALIDATION_FAILED', {
      errors: [{ field: 'code', message: 'is not what your authenticator shows now' }],
    });
  }

  private async replaceRecoveryCodes(userId: string): Promise<string[]> {
    const codes = newRecoveryCodes();
    const hashes = codes.map((code) => tokenHash(code.replaceAll('-', '')));
    await this.repository.replaceRecoveryCodes(userId, hashes, this.clock.now());
    return codes;
  }
}

function alreadyEnabled(): Problem {
  return new Problem('CONFLICT', { detail: 'A second factor is enabled: disable it first' });
}

function notEnabled(): Problem {
  return new Problem('CONFLICT', { detail: 'No second factor is enabled' });
}
