import { Notifications, Transactions } from '@gatehouse/platform/database';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { CacheStores } from './cache-stores.js';

const channel = 'cache_versions';
const trustMs = 1_000;

/**
 * A cache that writers clear in their own transaction. Every entry's key carries the version of what it was made
 * from; the version lives in PostgreSQL and travels by NOTIFY, so no Redis outage can bring an old answer back.
 */
@Injectable()
export class VersionedCache implements OnModuleInit {
  private readonly versions = new Map<string, string>();
  private retirements = 0;

  constructor(
    private readonly stores: CacheStores,
    private readonly transactions: Transactions,
    private readonly notifications: Notifications,
  ) {}

  onModuleInit(): void {
    this.notifications.listen(
      channel,
      (name) => this.forget(name),
      () => this.forget(),
    );
  }

  /** The value under `name` and `key`, loaded once for all who ask at the same time when it isn't there. */
  async read<T>(name: string, key: string, ttlMs: number, load: () => Promise<T>): Promise<T> {
    if (!this.notifications.confirmedWithin(trustMs)) return load();
    const version = this.versions.get(name) ?? (await this.currentVersion(name));
    return this.stores.layers.wrap(`${name}:${version}:${key}`, load, ttlMs);
  }

  /** Retires every entry under `name` when the open transaction commits, on every process. */
  async retire(name: string): Promise<void> {
    await this.transactions.query(
      `INSERT INTO cache_versions (name, version) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET version = excluded.version`,
      [name, uuidv7()],
    );
    await this.transactions.query('SELECT pg_notify($1, $2)', [channel, name]);
    await this.transactions.afterCommit(() => this.forget(name));
  }

  private forget(name?: string): void {
    this.retirements += 1;
    if (name === undefined) this.versions.clear();
    else this.versions.delete(name);
  }

  private async currentVersion(name: string): Promise<string> {
    const { retirements } = this;
    const [row] = await this.transactions.query<{ version: string }>(
      'SELECT version FROM cache_versions WHERE name = $1',
      [name],
    );
    const version = row?.version ?? 'none';
    // A version read before a retirement that was heard meanwhile is already an old one.
    if (retirements === this.retirements) this.versions.set(name, version);
    return version;
  }
}
