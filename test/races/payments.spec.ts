import { setTimeout as pause } from 'node:timers/promises';
import { OrdersService } from '@gatehouse/features/orders';
import { Reconciliation } from '@gatehouse/features/payments';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import type { Json } from '../kit/http-client.js';
import { placeOrder, stockOf } from '../kit/order.js';
import { deliver, StripeStandIn, stripeEvent } from '../kit/stripe.js';

const rounds = Array.from({ length: 20 }, (_, round) => round);
const times = <T>(count: number, work: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => work(i));
const window = 3_600_000;

describe('what happens to an order at the same time', () => {
  const stripe = new StripeStandIn();
  let api: Api;
  let orders: OrdersService;
  let reconciliation: Reconciliation;
  let buyer: Person;
  let manager: Person;
  let productId: string;
  beforeAll(async () => {
    await stripe.start();
    api = await startApi({ environment: { ...stripe.environment, DATABASE_POOL_SIZE: '20', JOBS: 'worker' } });
    orders = api.app.get(OrdersService, { strict: false });
    reconciliation = api.app.get(Reconciliation, { strict: false });
    [buyer, manager] = [await api.person(), await api.person('manager')];
    productId = await api.product({ stock: 100 });
  });
  afterAll(async () => {
    await api.close();
    await stripe.stop();
    expect(stripe.faults).toEqual([]);
  });

  const begun = async (): Promise<{ id: string; intent: Json }> => {
    const { id } = (await placeOrder(api, buyer, [{ productId, quantity: 10 }])).body.data;
    expect((await api.post(`/api/orders/${id}/pay`, { token: buyer.token })).status).toBe(200);
    return { id, intent: stripe.intentOf(id) };
  };
  /** As if it had waited for its payment as long as it may. */
  const age = (id: string) =>
    api.database.query("UPDATE orders SET created_at = created_at - interval '1 ms' * $2 WHERE id = $1", [id, window]);
  const silence = (id: string) =>
    api.database.query("UPDATE payments SET checked_at = checked_at - interval '11 minutes' WHERE order_id = $1", [id]);
  const post = (id: string, what: string, { token }: Person) => api.post(`/api/orders/${id}/${what}`, { token });
  const paid = (intent: Json) => stripeEvent('payment_intent.succeeded', stripe.paid(intent.id));
  const standing = async (id: string) => {
    const [found] = await api.database.query<{ order: string; payment: string; settles: boolean }>(
      `SELECT o.status AS order, p.status AS payment, p.settles FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.id = $1`,
      [id],
    );
    return found ?? expect.fail(`no payment of ${id}`);
  };
  const entriesOf = async (id: string) =>
    (
      await api.database.query<{ kind: string }>(
        'SELECT kind FROM payment_entries e JOIN payments p ON p.id = payment_id WHERE order_id = $1 ORDER BY e.id',
        [id],
      )
    ).map(({ kind }) => kind);

  it('its expiry, its cancellation and its payment end in one of them, and the stock fits, 20 times over', async () => {
    const ends = new Set<string>();
    for (const round of rounds) {
      const before = await stockOf(api, productId);
      const { id, intent } = await begun();
      await Promise.all([age(id), silence(id)]);
      const event = paid(intent);
      // The first two rounds are decided beforehand, and the rest of the work comes late; the others race.
      if (round === 0) await deliver(api, event);
      if (round === 1) await post(id, 'cancel', buyer);
      const work = [
        ...times(4, () => () => pause(round).then(() => orders.expireUnpaid())),
        ...times(4, () => () => pause(round / 2).then(() => post(id, 'cancel', buyer))),
        ...times(4, () => () => deliver(api, event)),
        ...times(2, () => () => reconciliation.reconcile()),
      ];
      // Another one first in every round.
      await Promise.all([...work.slice(round % 14), ...work.slice(0, round % 14)].map((one) => one()));
      await silence(id);
      await reconciliation.reconcile();
      const found = await standing(id);
      ends.add(found.order);
      expect(found).toEqual(
        found.order === 'paid'
          ? { order: 'paid', payment: 'succeeded', settles: true }
          : { order: 'cancelled', payment: 'refunded', settles: false },
      );
      expect(await stockOf(api, productId)).toBe(found.order === 'paid' ? before - 10 : before);
      if (found.order === 'paid') await post(id, 'refund', manager);
      expect(await stockOf(api, productId)).toBe(before);
      expect([...stripe.refunds.values()].filter((one) => one.payment_intent === intent.id)).toHaveLength(1);
    }
    expect(ends).toEqual(new Set(['paid', 'cancelled']));
  });

  it('its refund by several, by Stripe itself, and its shipping give the money back once and the pieces once at the most, 20 times over', async () => {
    for (const round of rounds) {
      const before = await stockOf(api, productId);
      const { id, intent } = await begun();
      await deliver(api, paid(intent));
      const charge = { object: 'charge', payment_intent: intent.id, currency: 'eur', refunded: true };
      const refunded = stripeEvent('charge.refunded', { ...charge, amount_refunded: intent.amount });
      const work = [
        ...times(4, () => () => post(id, 'refund', manager)),
        ...times(3, () => () => post(id, 'fulfil', manager)),
        ...times(3, () => () => deliver(api, refunded)),
      ];
      const answers = await Promise.all([...work.slice(round % 10), ...work.slice(0, round % 10)].map((one) => one()));
      for (const { status } of answers) expect([200, 409]).toContain(status);
      expect(await standing(id)).toEqual({ order: 'refunded', payment: 'refunded', settles: true });
      const entries = await entriesOf(id);
      expect(entries.filter((kind) => kind === 'refunded')).toHaveLength(1);
      const [{ shipped } = { shipped: false }] = await api.database.query<{ shipped: boolean }>(
        `SELECT EXISTS (SELECT FROM audit_entries WHERE resource_id = $1 AND changes->'status'->>1 = 'fulfilled') AS shipped`,
        [id],
      );
      expect(await stockOf(api, productId)).toBe(shipped ? before - 10 : before);
      if (shipped)
        await api.database.query('UPDATE stock SET quantity = $2 WHERE product_id = $1', [productId, before]);
    }
  });

  it('its payment found by the webhook and the reconciliation alike pays it once, 20 times over', async () => {
    for (const _ of rounds) {
      const { id, intent } = await begun();
      await silence(id);
      const event = paid(intent);
      await Promise.all([
        ...times(5, () => deliver(api, event)),
        ...times(5, () => reconciliation.reconcile()),
        ...times(3, () => post(id, 'pay', buyer)),
      ]);
      expect(await standing(id)).toEqual({ order: 'paid', payment: 'succeeded', settles: true });
      expect(await entriesOf(id)).toEqual(['requested', 'opened', 'succeeded']);
      await post(id, 'refund', manager);
    }
  });

  it('expires after its window and not a moment before', async () => {
    api.clock.hold();
    const { id } = (await placeOrder(api, buyer, [{ productId, quantity: 10 }])).body.data;
    const { id: other } = (await placeOrder(api, buyer, [{ productId, quantity: 1 }])).body.data;
    await post(other, 'pay', buyer);
    await deliver(api, paid(stripe.intentOf(other)));
    const before = await stockOf(api, productId);
    api.clock.advance(window - 1);
    expect(await orders.expireUnpaid()).toBe(0);
    api.clock.advance(1);
    expect(await orders.expireUnpaid()).toBe(1);
    expect(await orders.expireUnpaid()).toBe(0);
    expect(await stockOf(api, productId)).toBe(before + 10);
    const states = await api.database.query('SELECT status FROM orders WHERE id = ANY ($1) ORDER BY id', [[id, other]]);
    expect(states).toEqual([{ status: 'cancelled' }, { status: 'paid' }]);
  });
});
