import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import { IdentityEntity } from './identity.entity.js';

@Injectable()
export class IdentitiesRepository {
  constructor(private readonly transactions: Transactions) {}

  private get identities() {
    return this.transactions.repository(IdentityEntity);
  }

  bySubject(issuer: string, subject: string): Promise<IdentityEntity | null> {
    return this.identities.findOneBy({ issuer, subject });
  }

  ofUser(userId: string, issuer: string): Promise<IdentityEntity | null> {
    return this.identities.findOneBy({ userId, issuer });
  }

  /** @throws the database's conflict when the identity is linked, or the user has another one of this issuer. */
  async insert(identity: IdentityEntity): Promise<void> {
    await this.identities.insert(identity);
  }

  /** Unlinks the identity, and with it the codes that wait to be exchanged; answers whether it was linked. */
  async delete(userId: string, issuer: string): Promise<boolean> {
    const { affected } = await this.identities.delete({ userId, issuer });
    return affected === 1;
  }

  /** Whether the identity is linked still; who would unlink it waits for the open transaction. */
  async lock(id: string): Promise<boolean> {
    const rows = await this.transactions.query('SELECT id FROM identities WHERE id = $1 FOR SHARE', [id]);
    return rows.length === 1;
  }
}
