import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import { accessChannel } from './access-channel.js';
import { PrincipalCache } from './principal-cache.js';

/** Announces that what somebody may do has changed: in this process with the commit, elsewhere by NOTIFY. */
@Injectable()
export class AccessChanges {
  constructor(
    private readonly transactions: Transactions,
    private readonly cache: PrincipalCache,
  ) {}

  /** A user's role, grants or state changed. */
  user(id: string): Promise<void> {
    return this.announce(`user:${id}`);
  }

  /** A session ended. */
  session(id: string): Promise<void> {
    return this.announce(`session:${id}`);
  }

  /** A role's permissions changed, and so what all who have it may do. */
  role(name: string): Promise<void> {
    return this.announce(`role:${name}`);
  }

  private async announce(change: string): Promise<void> {
    await this.transactions.query('SELECT pg_notify($1, $2)', [accessChannel, change]);
    await this.transactions.afterCommit(() => this.cache.forget(change));
  }
}
