import { Breaker, RedisConnection } from '@gatehouse/platform/redis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SetClock } from '../../test/world.js';
import { LimitStorage } from './limit-storage.js';

const bucket = (key: string, holds = 2, windowMs = 1_000) => ({ key, windowMs, holds });

function inMemory() {
  const clock = new SetClock();
  return {
    clock,
    storage: new LimitStorage(new RedisConnection({ url: undefined, prefix: '' }), new Breaker(), clock),
  };
}

/** Answers as the scripts do, and keeps what they were called with. */
class ScriptsInMemory {
  readonly scripts = new Map<string, string>();
  readonly calls: (readonly unknown[])[] = [];
  answer: number[] | Error = [];

  defineCommand(name: string, { lua }: { lua: string }): void {
    this.scripts.set(name, lua);
    Reflect.set(this, name, async (...parameters: unknown[]) => {
      this.calls.push([name, ...parameters]);
      if (this.answer instanceof Error) throw this.answer;
      return this.answer;
    });
  }
}

function overRedis() {
  const client = new ScriptsInMemory();
  const connection = new RedisConnection({ url: undefined, prefix: '' });
  Reflect.set(connection, 'client', client);
  return { client, storage: new LimitStorage(connection, new Breaker(), new SetClock()) };
}

describe('the storage of limits, in memory', () => {
  it('answers at once, and counts each bucket by itself', () => {
    const { storage } = inMemory();
    expect(storage.count([bucket('a'), bucket('b', 2, 5_000)])).toEqual([
      { hits: 1, resetMs: 1_000 },
      { hits: 1, resetMs: 5_000 },
    ]);
    expect(storage.count([bucket('a')])).toEqual([{ hits: 2, resetMs: 1_000 }]);
  });

  it('opens a window at the first call, and another at the instant it ends', () => {
    const { storage, clock } = inMemory();
    void storage.count([bucket('a')]);
    clock.at += 999;
    expect(storage.count([bucket('a')])).toEqual([{ hits: 2, resetMs: 1 }]);
    clock.at += 1;
    expect(storage.count([bucket('a')])).toEqual([{ hits: 1, resetMs: 1_000 }]);
  });

  it('ends the count with the first bucket that is full, and counts in none after it', async () => {
    const { storage } = inMemory();
    const both = [bucket('a', 1), bucket('b', 9)];
    expect(storage.count(both)).toHaveLength(2);
    expect(storage.count(both)).toEqual([{ hits: 2, resetMs: 1_000 }]);
    expect(await storage.read(['b'])).toEqual([{ hits: 1, resetMs: 1_000 }]);
  });

  it('reads without counting, and nothing where no window is open', async () => {
    const { storage, clock } = inMemory();
    void storage.count([bucket('a')]);
    clock.at += 400;
    const open = { hits: 1, resetMs: 600 };
    const none = { hits: 0, resetMs: 0 };
    expect(await storage.read(['a', 'b'])).toEqual([open, none]);
    expect(await storage.read(['a'])).toEqual([open]);
    clock.at += 600;
    expect(await storage.read(['a'])).toEqual([none]);
  });

  it("answers @nestjs/throttler's own guards, in seconds", async () => {
    const { storage } = inMemory();
    const free = { isBlocked: false, timeToExpire: 2, timeToBlockExpire: 0 };
    expect(await storage.increment('a', 1_500, 1)).toEqual({ totalHits: 1, ...free });
    expect(await storage.increment('a', 1_500, 1)).toEqual({
      totalHits: 2,
      timeToExpire: 2,
      isBlocked: true,
      timeToBlockExpire: 2,
    });
    expect(await storage.increment('b', 1_500, 1)).toEqual({ totalHits: 1, ...free });
  });
});

describe('the storage of limits, over Redis', () => {
  it('makes one call however many buckets, keys first and then window and size of each', async () => {
    const { storage, client } = overRedis();
    client.answer = [1, 1_000, 7, 4_000];
    expect(await storage.count([bucket('a'), bucket('b', 9, 5_000)])).toEqual([
      { hits: 1, resetMs: 1_000 },
      { hits: 7, resetMs: 4_000 },
    ]);
    expect(client.calls).toEqual([['countLimits', 2, 'limit:a', 'limit:b', 1_000, 2, 5_000, 9]]);
  });

  it('reads by one call, and takes a key that is not there for no open window', async () => {
    const { storage, client } = overRedis();
    client.answer = [3, 500, 0, -2];
    expect(await storage.read(['a', 'b'])).toEqual([
      { hits: 3, resetMs: 500 },
      { hits: 0, resetMs: 0 },
    ]);
    expect(client.calls).toEqual([['readLimits', 2, 'limit:a', 'limit:b']]);
  });

  it('counts with an atomic increment whose window Redis times, and reads without one', () => {
    const { scripts } = overRedis().client;
    expect(scripts.get('countLimits')).toMatch(/'INCR'[\s\S]*'PTTL'[\s\S]*'PEXPIRE'/);
    expect(scripts.get('readLimits')).toMatch(/'GET'[\s\S]*'PTTL'/);
    expect(scripts.get('readLimits')).not.toMatch(/INCR|EXPIRE/);
  });

  it('goes on in memory with the full limit where Redis fails', async () => {
    const { storage, client } = overRedis();
    client.answer = new Error('away');
    expect(await storage.count([bucket('a')])).toEqual([{ hits: 1, resetMs: 1_000 }]);
    expect(await storage.count([bucket('a')])).toEqual([{ hits: 2, resetMs: 1_000 }]);
    expect(await storage.read(['a'])).toEqual([{ hits: 2, resetMs: 1_000 }]);
    expect(client.calls).toHaveLength(1);
  });

  it('defines its scripts on a real client, and counts in memory while nothing answers there', async () => {
    const connection = new RedisConnection({ url: 'redis://127.0.0.1:1', prefix: 'test:' });
    onTestFinished(() => connection.onApplicationShutdown());
    const storage = new LimitStorage(connection, new Breaker(), new SetClock());
    const counted = storage.count([bucket('a')]);
    expect(counted).toBeInstanceOf(Promise);
    expect(await counted).toEqual([{ hits: 1, resetMs: 1_000 }]);
    expect(await storage.read(['a'])).toEqual([{ hits: 1, resetMs: 1_000 }]);
  });
});
