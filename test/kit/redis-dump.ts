import { Redis } from 'ioredis';

/** What lies in Redis under one prefix, to be put back later as an older dump would be. */
export class RedisDump {
  private readonly redis: Redis;
  private saved: { key: string; value: Buffer; ttlMs: number }[] = [];

  constructor(
    url: string,
    private readonly prefix: string,
  ) {
    this.redis = new Redis(url);
  }

  async save(): Promise<void> {
    const keys = await this.keys();
    this.saved = [];
    for (const key of keys) {
      const [value, ttlMs] = await Promise.all([this.redis.dumpBuffer(key), this.redis.pttl(key)]);
      if (value !== null) this.saved.push({ key, value, ttlMs: Math.max(ttlMs, 0) });
    }
  }

  /** Everything is as it was when it was saved; what came later is gone. */
  async restore(): Promise<void> {
    const keys = await this.keys();
    if (keys.length > 0) await this.redis.unlink(...keys);
    for (const { key, value, ttlMs } of this.saved) await this.redis.restore(key, ttlMs, value, 'REPLACE');
  }

  close(): void {
    this.redis.disconnect();
  }

  private async keys(): Promise<string[]> {
    const found: string[] = [];
    for await (const some of this.redis.scanStream({ match: `${this.prefix}*`, count: 1_000 })) found.push(...some);
    return found;
  }
}
