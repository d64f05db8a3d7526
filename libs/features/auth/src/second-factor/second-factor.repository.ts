import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import { IsNull, Not } from 'typeorm';
import { RecoveryCodeEntity } from './recovery-code.entity.js';
import { SecondFactorEntity } from './second-factor.entity.js';

@Injectable()
export class SecondFactorRepository {
  constructor(private readonly transactions: Transactions) {}

  of(userId: string): Promise<SecondFactorEntity | null> {
    return this.factors.findOneBy({ userId });
  }

  isEnabled(userId: string): Promise<boolean> {
    return this.factors.existsBy({ userId, enabledAt: Not(IsNull()) });
  }

  /** Keeps a pending secret in the place of one that was pending. */
  async setUp(factor: SecondFactorEntity): Promise<void> {
    await this.factors.upsert(factor, ['userId']);
  }

  async enable(userId: string, step: number, now: Date): Promise<void> {
    await this.factors.update({ userId }, { enabledAt: now, lastStep: step });
  }

  /** Uses the code of a time step up; answers whether neither it nor a later one was used before. */
  async useStep(userId: string, step: number): Promise<boolean> {
    const rows = await this.transactions.query(
      `WITH used AS (
         UPDATE second_factors SET last_step = $2
         WHERE user_id = $1 AND enabled_at IS NOT NULL AND (last_step IS NULL OR last_step < $2) RETURNING 1)
       SELECT FROM used`,
      [userId, step],
    );
    return rows.length === 1;
  }

  /** Takes the second factor away with its recovery codes; answers whether it was enabled. */
  async delete(userId: string): Promise<boolean> {
    const { affected } = await this.factors.delete({ userId, enabledAt: Not(IsNull()) });
    return affected === 1;
  }

  recoveryCodesLeft(userId: string): Promise<number> {
    return this.recoveryCodes.countBy({ userId });
  }

  async replaceRecoveryCodes(userId: string, hashes: readonly Buffer[], now: Date): Promise<void> {
    await this.recoveryCodes.delete({ userId });
    await this.recoveryCodes.insert(hashes.map((hash) => ({ userId, hash })));
    await this.factors.update({ userId }, { recoveryCodesAt: now });
  }

  /** Uses a recovery code up; answers whether it was there. */
  async useRecoveryCode(userId: string, hash: Buffer): Promise<boolean> {
    const { affected } = await this.recoveryCodes.delete({ userId, hash });
    return affected === 1;
  }

  private get factors() {
    return this.transactions.repository(SecondFactorEntity);
  }

  private get recoveryCodes() {
    return this.transactions.repository(RecoveryCodeEntity);
  }
}
