import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import { placeOrder } from '../kit/order.js';

const nobody = '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e';

describe('reviews', () => {
  let api: Api;
  let ada: Person;
  let support: Person;
  let productId: string;
  beforeAll(async () => {
    api = await startApi();
    [ada, support] = await Promise.all([api.person(), api.person('support')]);
  });
  beforeEach(async () => {
    productId = await api.product({ stock: 100 });
  });
  afterAll(() => api.close());

  const buy = async (person: Person) =>
    (await placeOrder(api, person, [{ productId, quantity: 1 }])).body.data.id as string;
  const write = ({ token }: Person, body: object = { rating: 4, text: 'Gives a warm light' }, of = productId) =>
    api.post(`/api/products/${of}/reviews`, { token, body });
  const change = (id: string, { token }: Person, body: object) => api.patch(`/api/reviews/${id}`, { token, body });
  const list = async (query = '') => (await api.get(`/api/products/${productId}/reviews${query}`)).body;

  it('are written by a buyer, seen by anyone, changed, deleted, and leave a trail', async () => {
    await buy(ada);
    const written = await write(ada);
    expect(written.status).toBe(201);
    const review = { productId, rating: 4, text: 'Gives a warm light', hidden: false };
    expect(written.body.data).toMatchObject(review);
    const { id } = written.body.data;
    expect(await list()).toMatchObject({ data: [written.body.data], pagination: { total: 1 } });

    api.clock.advance(1_000);
    const changed = await change(id, ada, { rating: 5 });
    expect([changed.status, changed.body.data]).toEqual([
      200,
      { ...written.body.data, rating: 5, updatedAt: expect.any(String) },
    ]);
    expect(changed.body.data.updatedAt > written.body.data.updatedAt).toBe(true);
    expect((await change(id, ada, { text: 'Burns out' })).body.data).toMatchObject({ rating: 5, text: 'Burns out' });
    expect((await change(id, ada, {})).body.data).toMatchObject({ rating: 5, text: 'Burns out' });

    expect((await api.delete(`/api/reviews/${id}`, { token: ada.token })).status).toBe(204);
    expect((await list()).data).toEqual([]);
    expect((await change(id, ada, { rating: 1 })).status).toBe(404);
    const auditor = await api.person('auditor');
    const trail = await api.get(`/api/audit/review/${id}`, { token: auditor.token });
    expect(trail.body.data).toMatchObject([
      { action: 'review.deleted', actorId: ada.id },
      { action: 'review.updated', actorId: ada.id, changes: { text: ['Gives a warm light', 'Burns out'] } },
      { action: 'review.updated', actorId: ada.id, changes: { rating: [4, 5] } },
      { action: 'review.created', actorId: ada.id },
    ]);
  });

  it('are written by nobody who has not bought, or whose order was cancelled, until they order once more', async () => {
    const refused = await write(ada);
    expect([refused.status, refused.body.code]).toEqual([403, 'NOT_BOUGHT']);
    const other = await api.product();
    await placeOrder(api, ada, [{ productId: other, quantity: 1 }]);
    const friend = await api.person();
    await buy(friend);
    expect((await write(ada)).status).toBe(403);
    const order = await buy(ada);
    await api.post(`/api/orders/${order}/cancel`, { token: ada.token });
    expect((await write(ada)).body.code).toBe('NOT_BOUGHT');
    await buy(ada);
    expect((await write(ada)).status).toBe(201);
  });

  it.each(['paid', 'fulfilled', 'refunded'])('are written by who has an order that is %s', async (status) => {
    await api.database.query('UPDATE orders SET status = $2 WHERE id = $1', [await buy(ada), status]);
    expect((await write(ada)).status).toBe(201);
  });

  it('of one product by one buyer are one, however many are sent at the same time', async () => {
    await buy(ada);
    const answers = await Promise.all(Array.from({ length: 5 }, () => write(ada)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
  });

  it('that are hidden are in the public list no more, and stay hidden when their author changes them', async () => {
    await buy(ada);
    const { id } = (await write(ada)).body.data;
    const hidden = await api.post(`/api/reviews/${id}/hide`, { token: support.token });
    expect([hidden.status, hidden.body.data.hidden]).toEqual([200, true]);
    expect(await list()).toMatchObject({ data: [], pagination: { total: 0 } });
    const again = await api.post(`/api/reviews/${id}/hide`, { token: support.token });
    expect([again.status, again.body.data]).toEqual([200, hidden.body.data]);
    expect((await change(id, ada, { text: 'Look here!' })).body.data.hidden).toBe(true);
    expect((await list()).data).toEqual([]);
    expect((await write(ada)).status).toBe(409);
    const [entry] = await api.database.query(
      "SELECT count(*)::int AS n FROM audit_entries WHERE resource_id = $1 AND changes ? 'hidden_at' AND actor_id = $2",
      [id, support.id],
    );
    expect(entry).toEqual({ n: 1 });
  });

  it('come newest first, a page at a time, and say nothing of who wrote them', async () => {
    const written: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      const buyer = await api.person();
      await buy(buyer);
      written.unshift((await write(buyer, { rating: 3, text: `No. ${index}` })).body.data.id);
      api.clock.advance(1_000);
    }
    const ids = async (query: string) => (await list(query)).data.map(({ id }: { id: string }) => id);
    expect(await ids('')).toEqual(written);
    expect(await ids('?limit=2&page=2')).toEqual(written.slice(2, 4));
    const [review] = (await list()).data;
    expect(Object.keys(review).sort()).toEqual(
      ['createdAt', 'hidden', 'id', 'productId', 'rating', 'text', 'updatedAt'].sort(),
    );
  });

  it('of a product that is not there, or is gone from the catalogue, are 404', async () => {
    const admin = await api.person('admin');
    await buy(ada);
    await api.delete(`/api/products/${productId}`, { token: admin.token });
    for (const id of [nobody, productId]) {
      expect((await api.get(`/api/products/${id}/reviews`)).status).toBe(404);
      expect((await write(ada, undefined, id)).status).toBe(404);
    }
    expect((await api.get('/api/products/1/reviews')).status).toBe(400);
  });

  it.each([
    ['no star', { rating: 0, text: 'x' }, 'rating'],
    ['six stars', { rating: 6, text: 'x' }, 'rating'],
    ['half a star', { rating: 1.5, text: 'x' }, 'rating'],
    ['stars in words', { rating: '5', text: 'x' }, 'rating'],
    ['no text', { rating: 5, text: ' ' }, 'text'],
    ['too much text', { rating: 5, text: 'x'.repeat(2_001) }, 'text'],
    ['another author', { rating: 5, text: 'x', userId: nobody }, 'userId'],
    ['a review hidden or shown by its author', { rating: 5, text: 'x', hidden: false }, 'hidden'],
  ])('with %s are 400, written or changed, naming the field', async (_, body, field) => {
    await buy(ada);
    const refused = await write(ada, body);
    expect([refused.status, refused.body.errors?.[0]?.field]).toEqual([400, field]);
    const { id } = (await write(ada)).body.data;
    const changed = await change(id, ada, body);
    expect([changed.status, changed.body.errors?.[0]?.field]).toEqual([400, field]);
    expect((await list()).data).toMatchObject([{ rating: 4, text: 'Gives a warm light' }]);
  });
});
