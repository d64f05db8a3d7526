import { Clock } from '@gatehouse/platform/clock';
import { Breaker, RedisConnection } from '@gatehouse/platform/redis';
import { Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';

/** One count to be made: a call under `key`, in a window of `windowMs`. */
export interface Bucket {
  readonly key: string;
  readonly windowMs: number;
}

/** How many calls the bucket has seen, this one included, and when its window ends. */
export interface Count {
  readonly hits: number;
  readonly resetMs: number;
}

// One round trip however many buckets: counts each, opens the window at its first call, answers count and time left.
const script = `
local answer = {}
for index, key in ipairs(KEYS) do
  local hits = redis.call('INCR', key)
  if hits == 1 then redis.call('PEXPIRE', key, ARGV[index]) end
  answer[index * 2 - 1] = hits
  answer[index * 2] = redis.call('PTTL', key)
end
return answer`;

interface CountingRedis extends Redis {
  countLimits(keyCount: number, ...keysAndWindows: (string | number)[]): Promise<number[]>;
}

/**
 * Counts calls in fixed windows: in Redis where there is one, so that all processes count together, and in this
 * process's memory where there is none or it is away (each process then applies the full limit by itself).
 */
@Injectable()
export class LimitStorage implements ThrottlerStorage {
  private readonly memory = new LRUCache<string, { hits: number; endsAt: number }>({ max: 100_000 });
  private readonly redis: CountingRedis | undefined;

  constructor(
    connection: RedisConnection,
    private readonly breaker: Breaker,
    private readonly clock: Clock,
  ) {
    connection.client?.defineCommand('countLimits', { lua: script });
    this.redis = canCount(connection.client) ? connection.client : undefined;
  }

  /** Counts one call in every bucket; synchronous, and so without a turn of the event loop, where memory serves. */
  count(buckets: readonly Bucket[]): readonly Count[] | Promise<readonly Count[]> {
    return this.redis === undefined ? this.countInMemory(buckets) : this.countInRedis(this.redis, buckets);
  }

  /** One bucket, in the form that @nestjs/throttler's own guards ask for; times in seconds. */
  async increment(key: string, ttl: number, limit: number): ReturnType<ThrottlerStorage['increment']> {
    const [count = { hits: 1, resetMs: ttl }] = await this.count([{ key, windowMs: ttl }]);
    const seconds = Math.ceil(count.resetMs / 1_000);
    const isBlocked = count.hits > limit;
    return { totalHits: count.hits, timeToExpire: seconds, isBlocked, timeToBlockExpire: isBlocked ? seconds : 0 };
  }

  private async countInRedis(redis: CountingRedis, buckets: readonly Bucket[]): Promise<readonly Count[]> {
    const keys = buckets.map(({ key }) => `limit:${key}`);
    const windows = buckets.map(({ windowMs }) => windowMs);
    const answer = await this.breaker.attempt(() => redis.countLimits(keys.length, ...keys, ...windows));
    if (answer === undefined) return this.countInMemory(buckets);
    return buckets.map((_, index) => ({
      hits: answer[index * 2] ?? 1,
      resetMs: Math.max(0, answer[index * 2 + 1] ?? 0),
    }));
  }

  private countInMemory(buckets: readonly Bucket[]): readonly Count[] {
    const now = this.clock.milliseconds();
    return buckets.map(({ key, windowMs }) => {
      const window = this.memory.get(key);
      if (window !== undefined && window.endsAt > now) {
        window.hits += 1;
        return { hits: window.hits, resetMs: window.endsAt - now };
      }
      this.memory.set(key, { hits: 1, endsAt: now + windowMs });
      return { hits: 1, resetMs: windowMs };
    });
  }
}

function canCount(client: Redis | undefined): client is CountingRedis {
  return client !== undefined && 'countLimits' in client;
}
