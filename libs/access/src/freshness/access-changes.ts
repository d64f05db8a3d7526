import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import { accessChannel } from './access-channel.js';
import { PrincipalCache } from './principal-cache.js';

// Any number does, as long as nothing else in the database locks the same one.
const changeLock = 4_283_365_002;

/** Announces that what somebody may do has changed: in this process with the commit, elsewhere by NOTIFY. */
@Injectable()
export class AccessChanges {
  constructor(
    private readonly transactions: Transactions,
    private readonly cache: PrincipalCache,
  ) {}

  /**
   * Waits until nobody else is changing who may do what, and keeps them waiting until the open transaction ends. Whoever
   * changes it by what somebody holds begins like this, before any other lock: row locks would leave out the grants
   * and permissions that aren't there yet, and two who change each other would have to lock in one order.
   */
  async begin(): Promise<void> {
    await this.transactions.query('SELECT pg_advisory_xact_lock($1)', [changeLock]);
  }

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
