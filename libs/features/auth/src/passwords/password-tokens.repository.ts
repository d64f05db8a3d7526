import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import { IsNull, MoreThan } from 'typeorm';
import { PasswordTokenEntity } from './password-token.entity.js';

/** For whom a token is, and where it is sent. */
export interface Addressee {
  readonly id: string;
  readonly canonicalEmail: string;
}

@Injectable()
export class PasswordTokensRepository {
  constructor(private readonly transactions: Transactions) {}

  private get tokens() {
    return this.transactions.repository(PasswordTokenEntity);
  }

  /**
   * Keeps the token, if the user may sign in and has still the address that it goes to; answers whether it did. What
   * would change that waits for the statement, and voids the token afterwards.
   */
  async insertFor({ id, canonicalEmail }: Addressee, hash: Buffer, now: Date, expiresAt: Date): Promise<boolean> {
    const kept = await this.transactions.query(
      `WITH addressee AS (
         SELECT id FROM users WHERE id = $2 AND canonical_email = $3 AND disabled_at IS NULL FOR SHARE)
       INSERT INTO password_tokens (hash, user_id, created_at, expires_at)
       SELECT $1, id, $4, $5 FROM addressee RETURNING user_id`,
      [hash, id, canonicalEmail, now, expiresAt],
    );
    return kept.length === 1;
  }

  /** Whose password the token sets; `undefined` where it is unknown, used or expired. */
  async ownerOf(hash: Buffer, now: Date): Promise<string | undefined> {
    return (await this.tokens.findOneBy({ hash, ...usable(now) }))?.userId;
  }

  /** Uses the token up; answers whether this call was the one that did. */
  async use(hash: Buffer, now: Date): Promise<boolean> {
    const { affected } = await this.tokens.update({ hash, ...usable(now) }, { usedAt: now });
    return affected === 1;
  }

  /** Makes every token mailed to the user unusable. */
  async voidAllOf(userId: string, now: Date): Promise<void> {
    await this.tokens.update({ userId, usedAt: IsNull() }, { usedAt: now });
  }
}

function usable(now: Date) {
  return { usedAt: IsNull(), expiresAt: MoreThan(now) };
}
