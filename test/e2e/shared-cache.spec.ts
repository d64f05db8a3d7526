import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';

const { redisUrl } = inject('server');

describe(redisUrl === undefined ? 'the cache in memory' : 'the cache in Redis', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  it('answers a page again without asking the database, and keeps it where other processes find it', async () => {
    expect((await api.get('/api/products?limit=3')).body.pagination.total).toBe(0);
    // Behind the application's back, so that only a cached answer can still say 0.
    await api.database.query(
      `WITH added AS (INSERT INTO products (id, name, description, category, price_amount, currency, created_at, updated_at)
         VALUES (uuid_v7(), 'Hidden', '', 'hidden', 1, 'EUR', now(), now()) RETURNING id)
       INSERT INTO stock SELECT id, 1 FROM added`,
    );
    expect((await api.get('/api/products?limit=3')).body.data).toHaveLength(0);
    expect((await api.get('/api/products?limit=4')).body.data).toHaveLength(1);
    expect(await keysInRedis(api)).toEqual(
      redisUrl === undefined
        ? []
        : ['the total', 'a page of 3', 'a page of 4'].map(() => expect.stringContaining(':cache:products:')),
    );
  });

  it('is left by the first request after a write', async () => {
    const manager = await api.person('manager');
    await api.get('/api/products');
    const body = { name: 'New', description: '', category: 'new', price: { amount: 1, currency: 'EUR' }, stock: 1 };
    expect((await api.post('/api/products', { token: manager.token, body })).status).toBe(201);
    const { body: page } = await api.get('/api/products');
    expect(page.data[0].name).toBe('New');
  });
});

async function keysInRedis({ database }: Api): Promise<string[]> {
  if (redisUrl === undefined) return [];
  const redis = new Redis(redisUrl);
  try {
    return await redis.keys(`${database.name}:cache:*`);
  } finally {
    redis.disconnect();
  }
}
