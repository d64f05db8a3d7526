import { DomainEvents } from '@gatehouse/platform/events';
import { KeyRing } from '@gatehouse/platform/secrets';
import { Injectable } from '@nestjs/common';
import { RecoveryCodeUsed } from '../auth.events.js';
import { AuthTrail } from '../auth.trail.js';
import { tokenHash } from '../tokens/opaque-token.js';
import type { PresentedCode } from './presented-code.js';
import { SecondFactorRepository } from './second-factor.repository.js';
import { Totp } from './totp.js';

/** What a user's secret is encrypted for. */
export function secretContext(userId: string): string {
  return `second factor of ${userId}`;
}

/** Takes codes, each of them once. */
@Injectable()
export class SecondFactorCodes {
  constructor(
    private readonly repository: SecondFactorRepository,
    private readonly totp: Totp,
    private readonly keyRing: KeyRing,
    private readonly events: DomainEvents,
    private readonly trail: AuthTrail,
  ) {}

  /** Uses the code up, within the open transaction; answers whether it is one of the user's that wasn't used before. */
  use(userId: string, { method, code }: PresentedCode): Promise<boolean> {
    return method === 'otp' ? this.useTotp(userId, code) : this.useRecoveryCode(userId, code);
  }

  private async useTotp(userId: string, code: string): Promise<boolean> {
    const factor = await this.repository.of(userId);
    if (factor === null) return false;
    const secret = this.keyRing.decrypt(factor.secret, secretContext(userId)).toString();
    const step = await this.totp.stepOf(code, secret);
    return step !== undefined && this.repository.useStep(userId, step);
  }

  private async useRecoveryCode(userId: string, code: string): Promise<boolean> {
    if (!(await this.repository.useRecoveryCode(userId, tokenHash(code)))) return false;
    const left = await this.repository.recoveryCodesLeft(userId);
    await this.events.publish(new RecoveryCodeUsed(userId, left));
    await this.trail.done('recovery-code.used', userId, { left });
    return true;
  }
}
