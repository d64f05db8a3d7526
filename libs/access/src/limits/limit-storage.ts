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
  /** The most calls it takes; the one beyond is the last that is counted, in no bucket after this one. */
  readonly holds: number;
}

/** How many calls the bucket has seen, this one included where it is counted, and when its window ends. */
export interface Count {
  readonly hits: number;
  readonly resetMs: number;
}

// One round trip however many buckets. A window opens at the first call and is timed by Redis alone, so that no
// process's clock moves it; the first bucket that is full ends the count, and what comes after it is only read.
const counting = `
local answer = {}
local full = false
for index, key in ipairs(KEYS) do
  local hits
  if full then hits = tonumber(redis.call('GET', key) or 0) else hits = redis.call('INCR', key) end
  local left = redis.call('PTTL', key)
  if left < 0 and not full then
    left = tonumber(ARGV[index * 2 - 1])
    redis.call('PEXPIRE', key, left)
  end
  answer[index * 2 - 1] = hits
  answer[index * 2] = left
  full = full or hits > tonumber(ARGV[index * 2])
end
return answer`;

const reading = `
local answer = {}
for index, key in ipairs(KEYS) do
  answer[index * 2 - 1] = tonumber(redis.call('GET', key) or 0)
  answer[index * 2] = redis.call('PTTL', key)
end
return answer`;

interface CountingRedis extends Redis {
  countLimits(keyCount: number, ...keysThenWindows: (string | number)[]): Promise<number[]>;
  readLimits(keyCount: number, ...keys: string[]): Promise<number[]>;
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
    connection.client?.defineCommand('countLimits', { lua: counting });
    connection.client?.defineCommand('readLimits', { lua: reading });
    this.redis = canCount(connection.client) ? connection.client : undefined;
  }

  /**
   * Counts one call in the buckets, in their order and up to the first that is full; those after it are only read.
   * Synchronous, and so without a turn of the event loop, where memory serves.
   */
  count(buckets: readonly Bucket[]): readonly Count[] | Promise<readonly Count[]> {
    return this.redis === undefined ? this.countInMemory(buckets) : this.countInRedis(this.redis, buckets);
  }

  /** What each key has counted in its window, and counts nothing; no open window is 0 hits and 0 ms. */
  async read(keys: readonly string[]): Promise<readonly Count[]> {
    const { redis } = this;
    const stored = keys.map(storedKey);
    const answer = redis && (await this.breaker.run(() => redis.readLimits(stored.length, ...stored)));
    return answer === undefined ? this.readInMemory(keys) : pairs(answer);
  }

  /** One bucket, in the form that @nestjs/throttler's own guards ask for; times in seconds. */
  async increment(key: string, ttl: number, limit: number): ReturnType<ThrottlerStorage['increment']> {
    const [count = { hits: 1, resetMs: ttl }] = await this.count([{ key, windowMs: ttl, holds: limit }]);
    const seconds = Math.ceil(count.resetMs / 1_000);
    const isBlocked = count.hits > limit;
    return { totalHits: count.hits, timeToExpire: seconds, isBlocked, timeToBlockExpire: isBlocked ? seconds : 0 };
  }

  private async countInRedis(redis: CountingRedis, buckets: readonly Bucket[]): Promise<readonly Count[]> {
    const keys = buckets.map(({ key }) => storedKey(key));
    const bounds = buckets.flatMap(({ windowMs, holds }) => [windowMs, holds]);
    const answer = await this.breaker.run(() => redis.countLimits(keys.length, ...keys, ...bounds));
    return answer === undefined ? this.countInMemory(buckets) : pairs(answer);
  }

  private countInMemory(buckets: readonly Bucket[]): readonly Count[] {
    const now = this.clock.milliseconds();
    const counts: Count[] = [];
    for (const [index, { key, windowMs, holds }] of buckets.entries()) {
      const open = this.memory.get(key);
      const window = open !== undefined && open.endsAt > now ? open : { hits: 0, endsAt: now + windowMs };
      if (window !== open) this.memory.set(key, window);
      window.hits += 1;
      counts.push({ hits: window.hits, resetMs: window.endsAt - now });
      if (window.hits > holds) return [...counts, ...this.readInMemory(buckets.slice(index + 1).map((one) => one.key))];
    }
    return counts;
  }

  private readInMemory(keys: readonly string[]): readonly Count[] {
    const now = this.clock.milliseconds();
    return keys.map((key) => {
      const window = this.memory.peek(key);
      if (window === undefined || window.endsAt <= now) return { hits: 0, resetMs: 0 };
      return { hits: window.hits, resetMs: window.endsAt - now };
    });
  }
}

function storedKey(key: string): string {
  return `limit:${key}`;
}

/** Hits and milliseconds, one after the other, as the scripts answer them. */
function pairs(answer: readonly number[]): Count[] {
  return Array.from({ length: answer.length / 2 }, (_, index) => ({
    hits: answer[index * 2] ?? 0,
    resetMs: Math.max(0, answer[index * 2 + 1] ?? 0),
  }));
}

function canCount(client: Redis | undefined): client is CountingRedis {
  return client !== undefined && 'countLimits' in client;
}
