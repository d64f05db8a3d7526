import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import type { Transport } from '../sessions/session.entity.js';
import { SignInCodeEntity } from './sign-in-code.entity.js';

/** Whom a code signs in, and how their tokens are to travel. */
export interface CodeHolder {
  readonly identityId: string;
  readonly userId: string;
  readonly transport: Transport;
}

@Injectable()
export class SignInCodesRepository {
  constructor(private readonly transactions: Transactions) {}

  /** Keeps the code, and takes some that have expired away. */
  async insert(code: SignInCodeEntity): Promise<void> {
    await this.transactions.query(
      `DELETE FROM sign_in_codes WHERE hash IN (
         SELECT hash FROM sign_in_codes WHERE expires_at <= $1 LIMIT 100 FOR UPDATE SKIP LOCKED)`,
      [code.createdAt],
    );
    await this.codes.insert(code);
  }

  async find(hash: Buffer, challenge: Buffer, now: Date): Promise<CodeHolder | undefined> {
    const [holder] = await this.transactions.query<CodeHolder>(
      `SELECT c.identity_id AS "identityId", i.user_id AS "userId", c.transport
       FROM sign_in_codes c JOIN identities i ON i.id = c.identity_id
       WHERE c.hash = $1 AND c.challenge = $2 AND c.expires_at > $3`,
      [hash, challenge, now],
    );
    return holder;
  }

  /** Takes the code away; answers whether this call was the one that did. */
  async use(hash: Buffer): Promise<boolean> {
    const { affected } = await this.codes.delete({ hash });
    return affected === 1;
  }

  /** Nobody may exchange a code for a sign-in that the user began before now. */
  async deleteOf(userId: string): Promise<void> {
    await this.transactions.query(
      'DELETE FROM sign_in_codes WHERE identity_id IN (SELECT id FROM identities WHERE user_id = $1)',
      [userId],
    );
  }

  private get codes() {
    return this.transactions.repository(SignInCodeEntity);
  }
}
