import { Clock } from '@gatehouse/platform/clock';
import { Notifications, Transactions } from '@gatehouse/platform/database';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { v7 as uuidv7 } from 'uuid';
import { SharedCache } from './shared-cache.js';

const channel = 'cache_versions';
const trustMs = 1_000;

interface Entry {
  readonly value: unknown;
  /** Milliseconds of the epoch at which it is too old, wherever it was kept meanwhile. */
  readonly until: number;
}

/**
 * A cache that writers clear in their own transaction. Every entry's key carries the version of what it was made
 * from; the version lives in PostgreSQL and travels by NOTIFY, so no Redis outage can bring an old answer back.
 * Entries lie in this process's memory first and in Redis, where there is one, for the other processes.
 */
@Injectable()
export class VersionedCache implements OnModuleInit {
  private readonly entries = new LRUCache<string, Entry>({ max: 1_000 });
  private readonly underWay = new Map<string, Promise<unknown>>();
  private readonly versions = new Map<string, string>();
  private retirements = 0;

  constructor(
    private readonly shared: SharedCache,
    private readonly transactions: Transactions,
    private readonly notifications: Notifications,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.notifications.listen(
      channel,
      (name) => this.forget(name),
      () => this.forget(),
    );
  }

  /**
   * The value under `name` and `key`, at most `ttlMs` old and loaded once for all who ask at the same time. It must be
   * plain JSON, as it may come back from Redis.
   */
  async read<T>(name: string, key: string, ttlMs: number, load: () => Promise<T>): Promise<T> {
    if (!this.notifications.confirmedWithin(trustMs)) return load();
    const version = this.versions.get(name) ?? (await this.once(versionOf(name), () => this.currentVersion(name)));
    const full = `${name}:${version}:${key}`;
    const entry = this.entries.get(full);
    if (isFresh<T>(entry, this.clock.milliseconds())) return entry.value;
    return this.once(full, () => this.find(full, ttlMs, load));
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

  private async find<T>(key: string, ttlMs: number, load: () => Promise<T>): Promise<T> {
    const found = await this.shared.get<Entry>(key);
    if (isFresh<T>(found, this.clock.milliseconds())) {
      this.entries.set(key, found);
      return found.value;
    }
    const until = this.clock.milliseconds() + ttlMs;
    const value = await load();
    this.entries.set(key, { value, until });
    await this.shared.set(key, { value, until }, ttlMs);
    return value;
  }

  /** Lets everyone who asks while `work` is under way have its one result. */
  private once<T>(key: string, work: () => Promise<T>): Promise<T> {
    const running = this.underWay.get(key);
    // What is under way for a key is of the type that the key's reader asks for.
    if (running !== undefined) return running as Promise<T>;
    const begun = work().finally(() => {
      if (this.underWay.get(key) === begun) this.underWay.delete(key);
    });
    this.underWay.set(key, begun);
    return begun;
  }

  private forget(name?: string): void {
    this.retirements += 1;
    for (const known of name === undefined ? [...this.versions.keys()] : [name]) {
      this.versions.delete(known);
      // Nobody who asks from now on may join in reading a version that began before this.
      this.underWay.delete(versionOf(known));
    }
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

const versionOf = (name: string) => `${name} version`;

function isFresh<T>(entry: Entry | undefined, now: number): entry is Entry & { readonly value: T } {
  return entry !== undefined && entry.until > now;
}
