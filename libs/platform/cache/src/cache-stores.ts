import { Breaker, REDIS_OPTIONS, type RedisOptions } from '@gatehouse/platform/redis';
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type Cache, createCache, memoryStore, multiCaching, type Store } from 'cache-manager';
import { redisInsStore } from 'cache-manager-redis-yet';
import { createClient, type RedisClientType } from 'redis';

const memoryEntries = 1_000;
const memoryTtlMs = 2_000;

/** The layers a cached value is looked for in: this process's memory, then Redis where there is one. */
@Injectable()
export class CacheStores implements OnModuleInit, OnApplicationShutdown {
  readonly layers: ReturnType<typeof multiCaching>;
  private readonly client: RedisClientType | undefined;

  constructor(
    @Inject(REDIS_OPTIONS) { url, prefix }: RedisOptions,
    private readonly breaker: Breaker,
  ) {
    const caches: Cache[] = [createCache(memoryStore({ max: memoryEntries, ttl: memoryTtlMs }))];
    if (url !== undefined) {
      this.client = createClient({
        url,
        disableOfflineQueue: true,
        socket: { connectTimeout: 1_000, reconnectStrategy: (attempt) => Math.min(attempt * 100, 1_000) },
      });
      // node-redis throws what nobody listens to; the breaker reports what fails.
      this.client.on('error', () => undefined);
      caches.push(createCache(this.guarded(redisInsStore(this.client, { keyPrefix: `${prefix}cache` }))));
    }
    this.layers = multiCaching(caches);
  }

  onModuleInit(): void {
    // Not awaited: a Redis that is away at the start must not keep the service from starting.
    this.client?.connect().catch((error: unknown) => new Logger('Redis').warn(String(error)));
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.client?.isOpen) await this.client.disconnect();
  }

  /** A failed read is a miss and a failed write is forgotten: the value is loaded from its source then. */
  private guarded(store: Store): Store {
    const { breaker } = this;
    return {
      ...store,
      get: <T>(key: string) => breaker.run(() => store.get<T>(key)),
      set: async (key, value, ttl) => {
        await breaker.run(() => store.set(key, value, ttl));
      },
      del: async (key) => {
        await breaker.run(() => store.del(key));
      },
    };
  }
}
