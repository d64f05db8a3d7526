import { type DynamicModule, Global, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { Breaker } from './breaker.js';

/** Which Redis to use and what every key there begins with; `url` is `undefined` where each process keeps its own memory. */
export interface RedisOptions {
  readonly url: string | undefined;
  readonly prefix: string;
}

/** Injection token of the {@link RedisOptions}. */
export const REDIS_OPTIONS = Symbol('RedisOptions');

/** The process's connection to Redis; {@link client} is `undefined` when none is configured. */
@Injectable()
export class RedisConnection implements OnApplicationShutdown {
  readonly client: Redis | undefined;

  constructor(@Inject(REDIS_OPTIONS) { url, prefix }: RedisOptions) {
    if (url === undefined) return;
    this.client = new Redis(url, {
      keyPrefix: prefix,
      // A command for a Redis that is away fails at once: what needs it has a fallback, and must not wait or queue.
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
      // What the breaker has given up on long ago is given up here as well.
      commandTimeout: 2_000,
      connectTimeout: 1_000,
      retryStrategy: (attempt) => Math.min(attempt * 100, 1_000),
    });
    // The breaker reports what fails; without a listener ioredis would print each attempt.
    this.client.on('error', () => undefined);
  }

  onApplicationShutdown(): void {
    this.client?.disconnect();
  }
}

@Global()
@Module({})
export class RedisModule {
  static forRoot(options: RedisOptions): DynamicModule {
    return {
      module: RedisModule,
      providers: [{ provide: REDIS_OPTIONS, useValue: options }, RedisConnection, Breaker],
      exports: [REDIS_OPTIONS, RedisConnection, Breaker],
    };
  }
}
