import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import type { Json } from '../kit/http-client.js';

describe('the cached list of products', () => {
  let api: Api;
  let other: Api;
  let manager: Person;
  beforeAll(async () => {
    api = await startApi();
    other = await startApi({ database: api.database });
    manager = await api.person('manager');
  });
  afterAll(async () => {
    await other.close();
    await api.close();
  });

  const names = async (process: Api, category: string): Promise<string[]> =>
    (await process.get(`/api/products?category=${category}&sort=name`)).body.data.map(({ name }: Json) => name);
  const patch = (id: string, body: object) =>
    api.patch(`/api/products/${id}`, { headers: { 'if-match': '*' }, token: manager.token, body });

  it('shows what was created, changed and deleted in the very next request', async () => {
    expect(await names(api, 'next')).toEqual([]);
    const id = await api.product({ name: 'First', category: 'next' });
    expect(await names(api, 'next')).toEqual(['First']);
    for (let round = 0; round < 10; round += 1) {
      await patch(id, { name: `Name ${round}` });
      expect(await names(api, 'next')).toEqual([`Name ${round}`]);
    }
    await api.delete(`/api/products/${id}`, { token: manager.token });
    expect(await names(api, 'next')).toEqual([]);
  });

  it('shows a change on another process within a second', async () => {
    const id = await api.product({ name: 'Before', category: 'elsewhere' });
    await expect.poll(() => names(other, 'elsewhere'), { timeout: 1_000, interval: 10 }).toEqual(['Before']);
    for (let round = 0; round < 10; round += 1) {
      await patch(id, { name: `After ${round}` });
      await expect.poll(() => names(other, 'elsewhere'), { timeout: 1_000, interval: 10 }).toEqual([`After ${round}`]);
    }
    await api.delete(`/api/products/${id}`, { token: manager.token });
    await expect.poll(() => names(other, 'elsewhere'), { timeout: 1_000, interval: 10 }).toEqual([]);
  });

  it('is not spoilt by readers while it is changed', async () => {
    const id = await api.product({ name: 'Steady', category: 'busy' });
    for (let round = 0; round < 20; round += 1) {
      const readers = Array.from({ length: 10 }, () => names(api, 'busy'));
      const written = patch(id, { name: `Steady ${round}` });
      await Promise.all([...readers, written]);
      expect(await names(api, 'busy')).toEqual([`Steady ${round}`]);
    }
  });

  it('keeps pages, sorts and categories apart', async () => {
    await api.product({ name: 'A', category: 'apart', price: { amount: 2, currency: 'EUR' } });
    await api.product({ name: 'B', category: 'apart', price: { amount: 1, currency: 'EUR' } });
    const first = async (query: string) => (await api.get(`/api/products?category=apart&${query}`)).body.data[0].name;
    expect(await first('sort=name')).toBe('A');
    expect(await first('sort=-name')).toBe('B');
    expect(await first('sort=price')).toBe('B');
    expect(await first('sort=name&limit=1&page=2')).toBe('B');
  });
});
