import { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { Environment, Rate } from './environment.js';

export interface Count {
  readonly hits: number;
  readonly resetMs: number;
}

const script = `
local hits = redis.call('INCR', KEYS[1])
if hits == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return { hits, redis.call('PTTL', KEYS[1]) }`;

interface CountingRedis extends Redis {
  countCall(key: string, windowMs: number): Promise<[number, number]>;
}

const restMs = 1_000;

/** Connects as the measured service does: nothing queues for a Redis that is away, and no command waits over 200 ms. */
export function connectRedis({ redisUrl, redisPrefix }: Environment): Redis {
  const redis = new Redis(redisUrl, {
    keyPrefix: redisPrefix,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    commandTimeout: 200,
    connectTimeout: 1_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 1_000),
  });
  redis.on('error', () => undefined);
  redis.defineCommand('countCall', { numberOfKeys: 1, lua: script });
  return redis;
}

/** Counts calls in fixed windows: one round trip to Redis, or this process's memory while Redis rests. */
export class Limits {
  private readonly memory = new LRUCache<string, { hits: number; endsAt: number }>({ max: 100_000 });
  private readonly redis: CountingRedis;
  private restsUntil = 0;

  constructor(redis: Redis) {
    if (!canCount(redis)) throw new Error('this connection lacks the command that counts');
    this.redis = redis;
  }

  async count(key: string, { windowMs }: Rate): Promise<Count> {
    if (performance.now() >= this.restsUntil) {
      try {
        const [hits, resetMs] = await this.redis.countCall(`limit:default:${key}`, windowMs);
        return { hits, resetMs };
      } catch {
        this.restsUntil = performance.now() + restMs;
      }
    }
    return this.countInMemory(key, windowMs);
  }

  private countInMemory(key: string, windowMs: number): Count {
    const now = Date.now();
    const window = this.memory.get(key);
    if (window !== undefined && window.endsAt > now) {
      window.hits += 1;
      return { hits: window.hits, resetMs: window.endsAt - now };
    }
    this.memory.set(key, { hits: 1, endsAt: now + windowMs });
    return { hits: 1, resetMs: windowMs };
  }
}

function canCount(redis: Redis): redis is CountingRedis {
  return 'countCall' in redis;
}

/** The address that a client is counted by: a whole /64 of IPv6 belongs to one. */
export function countedAddress(ip: string): string {
  if (!ip.includes(':')) return ip;
  if (ip.startsWith('::ffff:') && ip.includes('.')) return ip.slice(7);
  const [head = '', tail = ''] = ip.split('%', 1)[0]?.split('::') ?? [];
  const left = head.split(':').filter((part) => part !== '');
  const right = tail.split(':').filter((part) => part !== '');
  const zeros = ip.includes('::') ? new Array<string>(8 - left.length - right.length).fill('0') : [];
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}
