import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';
import { placeOrder } from '../kit/order.js';
import { statementsOf } from '../kit/statements.js';

describe('statements of a request', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
    api.clock.hold();
  });
  afterAll(() => api.close());

  it('are five for a sign-in and two for one that is refused, BEGIN and COMMIT aside', async () => {
    const { email, password } = await api.person();
    const signIn = async (secret: string, status: number) => {
      expect((await api.post('/api/auth/login', { body: { email, password: secret } })).status).toBe(status);
    };
    // The first one in a while deletes what is forgotten of failed attempts as well.
    await signIn(password, 200);
    expect(await statementsOf(api, () => signIn(password, 200))).toEqual([
      expect.stringMatching(/^SELECT .*FROM "users"/),
      expect.stringContaining('INSERT INTO attempts'),
      expect.stringContaining('set_config'),
      expect.stringContaining('INSERT INTO sessions'),
      expect.stringContaining('FROM sessions s JOIN users u'),
    ]);
    expect(await statementsOf(api, () => signIn('not the password', 401))).toHaveLength(2);
  });

  it('are ten at the most for an order of two lines, its audit and its mail included', async () => {
    const buyer = await api.person();
    const items = [await api.product(), await api.product()].map((productId) => ({ productId, quantity: 1 }));
    const place = async () => expect((await placeOrder(api, buyer, items)).status).toBe(201);
    // The first one looks at the principal, whom the next ones find in the cache.
    await place();
    const statements = await statementsOf(api, place);
    process.stdout.write(`an order of two lines: ${statements.length} statements\n`);
    expect(statements.length).toBeLessThanOrEqual(10);
  });
});
