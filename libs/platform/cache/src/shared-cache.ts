import { Breaker, REDIS_OPTIONS, type RedisOptions } from '@gatehouse/platform/redis';
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type Cache, createCache } from 'cache-manager';
import { redisInsStore } from 'cache-manager-redis-yet';
import { createClient, type RedisClientType } from 'redis';

/**
 * What processes share of their caches, in Redis. Where there is none, or it is away, every read is a miss and every
 * write is forgotten: the value is loaded from its source then.
 */
@Injectable()
export class SharedCache implements OnModuleInit, OnApplicationShutdown {
  private readonly client: RedisClientType | undefined;
  private readonly cache: Cache | undefined;

  constructor(
    @Inject(REDIS_OPTIONS) { url, prefix }: RedisOptions,
    private readonly breaker: Breaker,
  ) {
    if (url === undefined) return;
    this.client = createClient({
      url,
      disableOfflineQueue: true,
      socket: { connectTimeout: 1_000, reconnectStrategy: (attempt) => Math.min(attempt * 100, 1_000) },
    });
    // node-redis throws what nobody listens to; the breaker reports what fails.
    this.client.on('error', () => undefined);
    this.cache = createCache(redisInsStore(this.client, { keyPrefix: `${prefix}cache` }));
  }

  onModuleInit(): void {
    // Not awaited: a Redis that is away at the start must not keep the service from starting.
    this.client?.connect().catch((error: unknown) => new Logger('Redis').warn(String(error)));
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.client?.isOpen) await this.client.disconnect();
  }

  async get<T>(key: string): Promise<T | undefined> {
    const { cache } = this;
    return cache === undefined ? undefined : this.breaker.run(() => cache.get<T>(key));
  }

  async set(key: string, value: unknown, ttlMs: number): Promise<void> {
    const { cache } = this;
    if (cache !== undefined) await this.breaker.run(() => cache.set(key, value, ttlMs));
  }
}
