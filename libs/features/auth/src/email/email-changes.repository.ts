import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { EmailChangeEntity } from './email-change.entity.js';

@Injectable()
export class EmailChangesRepository {
  constructor(private readonly transactions: Transactions) {}

  private get changes() {
    return this.transactions.repository(EmailChangeEntity);
  }

  /** Puts the change in the place of the one that the user asked for before, if any. */
  async put(change: EmailChangeEntity): Promise<void> {
    await this.changes.upsert(change, ['userId']);
  }

  byToken(tokenHash: Buffer, now: Date): Promise<EmailChangeEntity | null> {
    return this.changes.findOneBy({ tokenHash, expiresAt: MoreThan(now) });
  }

  ofUser(userId: string, now: Date): Promise<EmailChangeEntity | null> {
    return this.changes.findOneBy({ userId, expiresAt: MoreThan(now) });
  }

  /** Takes the change away; answers whether this call was the one that did. */
  async take(tokenHash: Buffer): Promise<boolean> {
    const { affected } = await this.changes.delete({ tokenHash });
    return affected === 1;
  }

  async deleteOf(userId: string): Promise<void> {
    await this.changes.delete({ userId });
  }
}
