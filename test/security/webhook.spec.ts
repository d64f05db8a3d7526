import { Reconciliation } from '@gatehouse/features/payments';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import type { Json } from '../kit/http-client.js';
import { placeOrder, stockOf } from '../kit/order.js';
import { type Delivery, deliver, StripeStandIn, stripeEvent } from '../kit/stripe.js';

const times = <T>(count: number, work: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => work(i));
const seconds = 1_000;

describe('S57 the webhook of payments', () => {
  const stripe = new StripeStandIn();
  let api: Api;
  let buyer: Person;
  let productId: string;
  beforeAll(async () => {
    await stripe.start();
    // Stripe calls more often than any anonymous client may.
    const limits = { RATE_LIMIT_ANONYMOUS: '1/15m', DATABASE_POOL_SIZE: '20', JOBS: 'worker' };
    api = await startApi({ environment: { ...stripe.environment, ...limits } });
    api.clock.hold();
    buyer = await api.person();
    productId = await api.product({ stock: 10_000 });
  });
  afterAll(async () => {
    await api.close();
    await stripe.stop();
    expect(stripe.faults).toEqual([]);
  });

  /** An order that waits for its payment, and the intent of it. */
  const begun = async (): Promise<{ id: string; intent: Json }> => {
    const { id } = (await placeOrder(api, buyer, [{ productId, quantity: 1 }])).body.data;
    expect((await api.post(`/api/orders/${id}/pay`, { token: buyer.token })).status).toBe(200);
    return { id, intent: stripe.intentOf(id) };
  };
  const paid = (intent: Json) => stripeEvent('payment_intent.succeeded', stripe.paid(intent.id));
  const statusOf = async (id: string) =>
    (await api.database.query<{ status: string }>('SELECT status FROM orders WHERE id = $1', [id]))[0]?.status;
  const kept = async () =>
    (await api.database.query<{ count: number }>('SELECT count(*)::int AS count FROM payment_events'))[0]?.count;
  /** Audit entries of what an order's payment touches, since it was begun. */
  const trail = async (id: string) =>
    api.database.query<{ resource: string; action: string; count: number }>(
      `SELECT resource, action, count(*)::int AS count FROM audit_entries
       WHERE (resource = 'order' AND resource_id = $1::text)
          OR (resource = 'payment' AND resource_id IN (SELECT id::text FROM payments WHERE order_id = $1::uuid))
          OR (resource = 'payment-entry' AND resource_id IN
                (SELECT e.id::text FROM payment_entries e JOIN payments p ON p.id = payment_id WHERE order_id = $1::uuid))
       GROUP BY resource, action ORDER BY resource, action`,
      [id],
    );
  const begunTrail = [
    { resource: 'order', action: 'order.created', count: 1 },
    { resource: 'payment', action: 'payment.created', count: 1 },
    { resource: 'payment', action: 'payment.updated', count: 1 },
    { resource: 'payment-entry', action: 'payment-entry.created', count: 2 },
  ];
  const paidTrail = [
    { resource: 'order', action: 'order.created', count: 1 },
    { resource: 'order', action: 'order.updated', count: 1 },
    { resource: 'payment', action: 'payment.created', count: 1 },
    { resource: 'payment', action: 'payment.updated', count: 2 },
    { resource: 'payment-entry', action: 'payment-entry.created', count: 3 },
  ];

  it('S57 told 20 times at once has one effect, one audit entry for each thing changed, and 200 each time, 20 times over', async () => {
    for (const _ of times(20, () => 0)) {
      const { id, intent } = await begun();
      expect(await trail(id)).toEqual(begunTrail);
      const event = paid(intent);
      const answers = await Promise.all(times(20, () => deliver(api, event)));
      for (const { status, body } of answers) expect([status, body]).toEqual([200, { data: { received: true } }]);
      expect(await statusOf(id)).toBe('paid');
      expect(await trail(id)).toEqual(paidTrail);
    }
  });

  it('S57 told of 20 events of one success at once has one effect, 10 times over', async () => {
    for (const _ of times(10, () => 0)) {
      const { id, intent } = await begun();
      const answers = await Promise.all(times(20, () => deliver(api, paid(intent))));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(await statusOf(id)).toBe('paid');
      expect(await trail(id)).toEqual(paidTrail);
    }
  });

  it('S57 told everything several times, at once and out of order, comes to what is true in the end, 20 times over', async () => {
    for (const round of times(20, (index) => index)) {
      const { id, intent } = await begun();
      const failed = { ...intent, last_payment_error: { code: 'card_declined' } };
      const events = [
        stripeEvent('payment_intent.created', { ...intent }),
        stripeEvent('payment_intent.processing', { ...intent, status: 'processing' }),
        stripeEvent('payment_intent.payment_failed', failed),
        stripeEvent('payment_intent.payment_failed', failed),
        paid(intent),
      ];
      const deliveries = events.flatMap((event) => times(4, () => event));
      const shuffled = deliveries.map((event, index) => ({ event, at: (index * 7 + round * 3) % 20 }));
      shuffled.sort((one, other) => one.at - other.at);
      const answers = await Promise.all(shuffled.map(({ event }) => deliver(api, event)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(await statusOf(id)).toBe('paid');
      const entries = { resource: 'payment-entry', action: 'payment-entry.created', count: 5 };
      expect(await trail(id)).toEqual([...paidTrail.slice(0, -1), entries]);
    }
  });

  it('S57 told of the refund before the payment refunds it, and pays the order by another one', async () => {
    const { id, intent } = await begun();
    const success = paid(intent);
    const charge = { object: 'charge', payment_intent: intent.id, currency: 'eur', refunded: true };
    const refunded = stripeEvent('charge.refunded', { ...charge, amount_refunded: intent.amount });
    for (const event of [refunded, success, refunded]) expect((await deliver(api, event)).status).toBe(200);
    expect(await statusOf(id)).toBe('pending');
    const again = await api.post(`/api/orders/${id}/pay`, { token: buyer.token });
    expect(again.body.data.payment.status).toBe('open');
    expect(again.body.data.payment.clientSecret).not.toBe(intent.client_secret);
  });

  it('S57 of an order that is cancelled and paid 20 times at once gives the money back once and the piece once', async () => {
    for (const _ of times(10, () => 0)) {
      const { id, intent } = await begun();
      const before = await stockOf(api, productId);
      const event = paid(intent);
      const [cancelled, ...answers] = await Promise.all([
        api.post(`/api/orders/${id}/cancel`, { token: buyer.token }),
        ...times(20, () => deliver(api, event)),
      ]);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      const [payment] = await api.database.query<{ status: string; settles: boolean }>(
        'SELECT status, settles FROM payments WHERE order_id = $1',
        [id],
      );
      const gone = cancelled.status === 200;
      expect(await statusOf(id)).toBe(gone ? 'cancelled' : 'paid');
      expect(payment).toEqual(gone ? { status: 'refunding', settles: false } : { status: 'succeeded', settles: true });
      expect(await stockOf(api, productId)).toBe(gone ? before + 1 : before);
    }
  });

  const forgeries: Record<string, (payload: string, now: number) => Delivery> = {
    'no signature': () => ({ signature: '' }),
    'a signature that is text': () => ({ signature: 'trust me' }),
    'a time and no signature': (_, now) => ({ signature: `t=${Math.floor(now / seconds)}` }),
    'a signature of another scheme': (_, now) => ({ signature: `t=${Math.floor(now / seconds)},v0=${'0'.repeat(64)}` }),
    'an empty signature': (_, now) => ({ signature: `t=${Math.floor(now / seconds)},v1=` }),
    'another secret': () => ({ secret: 'whsec_of_somebody_else' }),
    'another amount': (payload) => ({ payload: payload.replace('1999', '9999') }),
    'the same JSON written anew': (payload) => ({ payload: JSON.stringify(JSON.parse(payload)) }),
    'a space behind': (payload) => ({ payload: `${payload} ` }),
    'an empty body': () => ({ payload: '' }),
    'a signature of 301 s ago': (_, now) => ({ at: now - 301 * seconds }),
    'a signature of a day ago': (_, now) => ({ at: now - 86_400 * seconds }),
    'a signature of 302 s ahead': (_, now) => ({ at: now + 302 * seconds }),
    'a signature of a year ahead': (_, now) => ({ at: now + 365 * 86_400 * seconds }),
  };
  it.each(Object.keys(forgeries))('S57 refuses %s with 400, and keeps nothing of it', async (name) => {
    const { id, intent } = await begun();
    const event = paid(intent);
    const before = await kept();
    const answer = await deliver(api, event, forgeries[name]?.(event.payload, api.clock.milliseconds()));
    expect([answer.status, answer.body.code]).toEqual([400, 'WEBHOOK_NOT_AUTHENTIC']);
    expect(await statusOf(id)).toBe('pending');
    expect(await kept()).toBe(before);
    // What was refused is no reason to refuse the event itself.
    expect((await deliver(api, event)).status).toBe(200);
    expect(await statusOf(id)).toBe('paid');
  });

  it('S57 accepts a signature of 299 s ago and of 299 s ahead, by the clock of the service', async () => {
    for (const at of [-299, 299]) {
      const { id, intent } = await begun();
      const answer = await deliver(api, paid(intent), { at: api.clock.milliseconds() + at * seconds });
      expect([at, answer.status, await statusOf(id)]).toEqual([at, 200, 'paid']);
    }
    const { intent } = await begun();
    const event = paid(intent);
    const at = api.clock.milliseconds();
    api.clock.advance(301 * seconds);
    expect((await deliver(api, event, { at })).status).toBe(400);
  });

  it('S57 keeps what it does not know, and of payments that are not ours nothing follows', async () => {
    const { id } = await begun();
    const [ours] = await api.database.query<{ id: string }>('SELECT id FROM payments WHERE order_id = $1', [id]);
    for (const event of [
      stripeEvent('customer.created', { id: 'cus_x' }),
      stripeEvent('payment_intent.succeeded', {
        id: 'pi_of_another_shop',
        object: 'payment_intent',
        amount: 1999,
        amount_received: 1999,
        currency: 'eur',
        // The name of a payment of ours, under which the provider has another one.
        metadata: { payment_id: ours?.id },
      }),
    ]) {
      const before = (await kept()) ?? 0;
      expect((await deliver(api, event)).status).toBe(200);
      expect(await kept()).toBe(before + 1);
    }
    expect(await statusOf(id)).toBe('pending');
  });

  it('S57 forgets what it was told after a time in which nobody tells it again', async () => {
    const before = (await kept()) ?? 0;
    const { intent } = await begun();
    const event = paid(intent);
    await deliver(api, event);
    await api.database.query(
      "UPDATE payment_events SET received_at = received_at - interval '91 days' WHERE event_id = $1",
      [event.id],
    );
    expect(await api.app.get(Reconciliation, { strict: false }).forgetEvents(10)).toBe(1);
    expect(await kept()).toBe(before);
  });

  it('S57 takes JSON alone', async () => {
    const answer = await api.post('/api/payments/webhook', { raw: 'a=b', headers: { 'content-type': 'text/plain' } });
    expect(answer.status).toBe(415);
  });

  it('S51 writes a ledger that the application cannot rewrite', async () => {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: api.database.url });
    await client.connect();
    try {
      for (const statement of [
        'UPDATE payment_entries SET amount = 0',
        'DELETE FROM payment_entries',
        'TRUNCATE payment_entries',
      ]) {
        await expect(client.query(statement)).rejects.toThrow('permission denied');
      }
    } finally {
      await client.end();
    }
  });
});
