import { PaymentsService, Reconciliation } from '@gatehouse/features/payments';
import { Jobs } from '@gatehouse/platform/jobs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import type { Json } from '../kit/http-client.js';
import { placeOrder, stockOf } from '../kit/order.js';
import { deliver, StripeStandIn, stripeEvent } from '../kit/stripe.js';
import { until } from '../kit/until.js';

describe('payments over Stripe', () => {
  const stripe = new StripeStandIn();
  let api: Api;
  let buyer: Person;
  let manager: Person;
  let productId: string;
  beforeAll(async () => {
    await stripe.start();
    // Jobs are run by nobody here: what the reconciliation finds is what it is left to find.
    api = await startApi({ environment: { ...stripe.environment, JOBS: 'worker' } });
    [buyer, manager] = [await api.person(), await api.person('manager')];
    productId = await api.product({ stock: 1_000 });
  });
  afterEach(() => {
    stripe.before = () => Promise.resolve();
    stripe.refundStatus = 'succeeded';
    expect(stripe.troubles).toEqual([]);
    expect(stripe.faults).toEqual([]);
  });
  afterAll(async () => {
    await api.close();
    await stripe.stop();
  });

  const place = async (quantity = 2): Promise<string> =>
    (await placeOrder(api, buyer, [{ productId, quantity }])).body.data.id;
  const pay = (id: string) => api.post(`/api/orders/${id}/pay`, { token: buyer.token });
  const cancel = (id: string) => api.post(`/api/orders/${id}/cancel`, { token: buyer.token });
  const refund = (id: string) => api.post(`/api/orders/${id}/refund`, { token: manager.token });
  const fulfil = (id: string) => api.post(`/api/orders/${id}/fulfil`, { token: manager.token });
  const order = async (id: string): Promise<Json> =>
    (await api.get(`/api/orders/${id}`, { token: buyer.token })).body.data;
  const statusOf = async (id: string): Promise<string> => (await order(id)).status;
  const paymentsOf = (id: string) =>
    api.database.query<{ id: string; status: string; settles: boolean }>(
      'SELECT id, status, settles FROM payments WHERE order_id = $1 ORDER BY id',
      [id],
    );
  const ledgerOf = async (id: string): Promise<string[]> =>
    (
      await api.database.query<{ kind: string }>(
        'SELECT kind FROM payment_entries e JOIN payments p ON p.id = payment_id WHERE order_id = $1 ORDER BY e.id',
        [id],
      )
    ).map(({ kind }) => kind);
  const succeeds = (id: string) =>
    deliver(api, stripeEvent('payment_intent.succeeded', stripe.paid(stripe.intentOf(id).id)));
  const paidOrder = async (quantity = 2): Promise<string> => {
    const id = await place(quantity);
    expect((await pay(id)).status).toBe(200);
    expect((await succeeds(id)).status).toBe(200);
    return id;
  };
  /** What a job does after an order was cancelled. */
  const release = (id: string) => api.app.get(PaymentsService, { strict: false }).release(id);
  /** As if nothing had been heard of the order's payment for so long that it is asked for. */
  const reconcile = async (...ids: readonly string[]) => {
    await api.database.query(
      "UPDATE payments SET checked_at = checked_at - interval '11 minutes' WHERE order_id = ANY ($1)",
      [ids],
    );
    return api.app.get(Reconciliation, { strict: false }).reconcile();
  };

  it('begin with an intent of the order’s amount, and pay it when Stripe says so', async () => {
    const id = await place();
    const { status, body } = await pay(id);
    expect(status).toBe(200);
    const intent = stripe.intentOf(id);
    expect(body.data).toMatchObject({
      id,
      status: 'pending',
      payment: {
        provider: 'stripe',
        notice: null,
        status: 'open',
        amount: { amount: 3998, currency: 'EUR' },
        clientSecret: intent.client_secret,
      },
    });
    expect(intent).toMatchObject({
      amount: 3998,
      currency: 'eur',
      metadata: { payment_id: body.data.payment.id, order_id: id },
    });
    const told = await succeeds(id);
    expect([told.status, told.body]).toEqual([200, { data: { received: true } }]);
    expect(await statusOf(id)).toBe('paid');
    expect(await ledgerOf(id)).toEqual(['requested', 'opened', 'succeeded']);
    const again = await pay(id);
    expect([again.status, again.body.code]).toEqual([409, 'ORDER_STATE']);
  });

  it('are one payment, however often they are asked for', async () => {
    const id = await place();
    const answers = await Promise.all(Array.from({ length: 10 }, () => pay(id)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.data.payment.clientSecret)).size).toBe(1);
    expect((await pay(id)).body.data.payment.clientSecret).toBe(stripe.intentOf(id).client_secret);
    expect(await paymentsOf(id)).toHaveLength(1);
    expect(await ledgerOf(id)).toEqual(['requested', 'opened']);
  });

  it('keep no client secret', async () => {
    const id = await place();
    const secret = (await pay(id)).body.data.payment.clientSecret;
    const [{ dump } = { dump: '' }] = await api.database.query<{ dump: string }>(
      `SELECT (SELECT json_agg(p)::text FROM payments p) || (SELECT json_agg(e)::text FROM payment_entries e) ||
              (SELECT json_agg(a)::text FROM audit_entries a) AS dump`,
    );
    expect(dump).toContain(id);
    expect(dump).not.toContain(secret);
  });

  it('are asked about when the webhook is late, by whoever asks to pay again', async () => {
    const id = await place();
    await pay(id);
    stripe.paid(stripe.intentOf(id).id);
    const answer = await pay(id);
    expect(answer.body.data).toMatchObject({ status: 'paid', payment: { status: 'succeeded', clientSecret: null } });
  });

  it('of an order move it once, each state by its route, and every other move is 409', async () => {
    const id = await place();
    for (const move of [fulfil, refund]) {
      const early = await move(id);
      expect([early.status, early.body.code]).toEqual([409, 'ORDER_STATE']);
    }
    await pay(id);
    await succeeds(id);
    expect((await cancel(id)).body.code).toBe('ORDER_STATE');
    const shipped = await fulfil(id);
    expect([shipped.status, shipped.body.data.status]).toEqual([200, 'fulfilled']);
    for (const move of [fulfil, cancel, pay]) expect((await move(id)).body.code).toBe('ORDER_STATE');
    const refunded = await refund(id);
    expect(refunded.body.data).toMatchObject({ status: 'refunded', payment: { status: 'refunded' } });
    for (const move of [fulfil, cancel, pay, refund]) expect((await move(id)).body.code).toBe('ORDER_STATE');
    const nobody = '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e';
    for (const move of [fulfil, refund]) expect((await move(nobody)).status).toBe(404);
  });

  it('go back whole, and what was not shipped to the stock', async () => {
    const before = await stockOf(api, productId);
    const unshipped = await paidOrder(3);
    const shipped = await paidOrder(5);
    await fulfil(shipped);
    expect(await stockOf(api, productId)).toBe(before - 8);
    for (const id of [unshipped, shipped]) {
      expect((await refund(id)).body.data.status).toBe('refunded');
      expect([...stripe.refunds.values()].find((one) => one.payment_intent === stripe.intentOf(id).id)).toMatchObject({
        amount: stripe.intentOf(id).amount,
      });
    }
    expect(await stockOf(api, productId)).toBe(before - 5);
  });

  it('that fail leave the order to be paid by another try, and never take a success back', async () => {
    const id = await place();
    await pay(id);
    const { id: ref } = stripe.intentOf(id);
    const failed = () =>
      stripeEvent('payment_intent.payment_failed', {
        ...stripe.intent(ref),
        last_payment_error: { code: 'card_declined' },
      });
    expect((await deliver(api, failed())).status).toBe(200);
    expect(await statusOf(id)).toBe('pending');
    expect((await pay(id)).body.data.payment.status).toBe('open');
    await succeeds(id);
    expect((await deliver(api, failed())).status).toBe(200);
    expect((await deliver(api, stripeEvent('payment_intent.canceled', stripe.intent(ref)))).status).toBe(200);
    expect(await statusOf(id)).toBe('paid');
    expect(await paymentsOf(id)).toMatchObject([{ status: 'succeeded', settles: true }]);
    expect(await ledgerOf(id)).toEqual(['requested', 'opened', 'failed', 'succeeded', 'failed']);
  });

  it('that Stripe has cancelled give way to a new one', async () => {
    const id = await place();
    await pay(id);
    const first = stripe.intentOf(id);
    first.status = 'canceled';
    await deliver(api, stripeEvent('payment_intent.canceled', first));
    const answer = await pay(id);
    expect(answer.status).toBe(200);
    expect(answer.body.data.payment.clientSecret).not.toBe(first.client_secret);
    expect((await paymentsOf(id)).map(({ status }) => status)).toEqual(['cancelled', 'open']);
  });

  it('of another amount or currency pay nothing', async () => {
    for (const wrong of [{ amount_received: 1 }, { amount_received: 39_980 }, { currency: 'usd' }]) {
      const id = await place();
      await pay(id);
      const intent = { ...stripe.intentOf(id), status: 'succeeded', amount_received: 3998, ...wrong };
      expect((await deliver(api, stripeEvent('payment_intent.succeeded', intent))).status).toBe(200);
      expect(await statusOf(id)).toBe('pending');
      expect(await ledgerOf(id)).toEqual(['requested', 'opened', 'mismatched']);
    }
  });

  it('for an order that was cancelled meanwhile go back by themselves', async () => {
    const before = await stockOf(api, productId);
    const id = await place();
    await pay(id);
    await cancel(id);
    await release(id);
    expect(stripe.intentOf(id).status).toBe('canceled');
    // The buyer was faster than the cancellation.
    expect((await succeeds(id)).status).toBe(200);
    expect(await paymentsOf(id)).toMatchObject([{ status: 'refunding', settles: false }]);
    await reconcile(id);
    expect(await paymentsOf(id)).toMatchObject([{ status: 'refunded', settles: false }]);
    expect(await statusOf(id)).toBe('cancelled');
    expect(await stockOf(api, productId)).toBe(before);
    expect((await ledgerOf(id)).slice(-3)).toEqual(['succeeded', 'refund-requested', 'refunded']);
  });

  it('refunded at Stripe itself are refunded here, wholes alone', async () => {
    const id = await paidOrder(4);
    const stock = await stockOf(api, productId);
    const { id: ref, amount, currency } = stripe.intentOf(id);
    const charge = { object: 'charge', payment_intent: ref, currency };
    await deliver(api, stripeEvent('charge.refunded', { ...charge, refunded: false, amount_refunded: 1 }));
    expect(await statusOf(id)).toBe('paid');
    await deliver(api, stripeEvent('charge.refunded', { ...charge, refunded: true, amount_refunded: amount }));
    await deliver(api, stripeEvent('refund.updated', { ...charge, amount, status: 'succeeded' }));
    expect(await statusOf(id)).toBe('refunded');
    expect(await stockOf(api, productId)).toBe(stock + 4);
  });

  it('whose refund takes its time are refunded when it is done, and nothing is shipped meanwhile', async () => {
    stripe.refundStatus = 'pending';
    const id = await paidOrder();
    const begun = await refund(id);
    expect(begun.body.data).toMatchObject({ status: 'paid', payment: { status: 'refunding' } });
    expect(begun.body.data.refundRequestedAt).not.toBeNull();
    expect((await fulfil(id)).body.code).toBe('ORDER_STATE');
    const again = await refund(id);
    expect([again.status, again.body.data.payment.status]).toEqual([200, 'refunding']);
    // That it was begun is told as well, and an earlier try's failure comes late.
    const { id: ref, amount, currency } = stripe.intentOf(id);
    const charge = { object: 'charge', payment_intent: ref, currency, refunded: true, amount_refunded: amount };
    await deliver(api, stripeEvent('charge.refunded', charge));
    const earlier = { id: 're_earlier', object: 'refund', payment_intent: ref, amount, currency, status: 'failed' };
    await deliver(api, stripeEvent('refund.failed', earlier));
    expect(await order(id)).toMatchObject({ status: 'paid', refundRequestedAt: expect.any(String) });
    const [known] = [...stripe.refunds.values()].filter(({ payment_intent: ref }) => ref === stripe.intentOf(id).id);
    known.status = 'succeeded';
    await deliver(api, stripeEvent('refund.updated', known));
    expect(await order(id)).toMatchObject({ status: 'refunded' });
    expect((await ledgerOf(id)).slice(3)).toEqual(['refund-requested', 'refund-failed', 'refunded']);
  });

  it('whose refund fails after a time are paid as before, and can be refunded by another try', async () => {
    stripe.refundStatus = 'pending';
    const id = await paidOrder();
    await refund(id);
    const [known] = [...stripe.refunds.values()].filter(({ payment_intent: ref }) => ref === stripe.intentOf(id).id);
    known.status = 'failed';
    await deliver(api, stripeEvent('refund.failed', known));
    expect(await order(id)).toMatchObject({ status: 'paid', refundRequestedAt: null });
    stripe.refundStatus = 'succeeded';
    expect((await refund(id)).body.data.status).toBe('refunded');
  });

  it('whose refund Stripe refuses stay paid, and can be refunded by another try', async () => {
    const id = await paidOrder();
    stripe.troubles.push({ status: 400, code: 'balance_insufficient' });
    const refused = await refund(id);
    expect([refused.status, refused.body.code]).toEqual([502, 'PAYMENT_PROVIDER_FAILED']);
    expect(await order(id)).toMatchObject({ status: 'paid', refundRequestedAt: null });
    expect((await refund(id)).body.data.status).toBe('refunded');
    const keys = stripe.calls.filter(({ path }) => path === '/v1/refunds').map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('end in a clear refusal when Stripe is away, and go on under the same key afterwards', async () => {
    const id = await place();
    // Each call is tried twice by the SDK: one try ends before it had its effect, the others after.
    stripe.troubles.push('dropped', 'lost', 'lost', 'lost');
    for (const _ of [1, 2]) {
      const away = await pay(id);
      expect([away.status, away.body.code]).toEqual([503, 'PAYMENT_PROVIDER_UNAVAILABLE']);
      expect(away.headers.get('retry-after')).toBe('5');
    }
    expect(await statusOf(id)).toBe('pending');
    expect((await pay(id)).body.data.payment.status).toBe('open');
    expect(stripe.intentOf(id).amount).toBe(3998);
    await succeeds(id);
    stripe.troubles.push('lost', 'lost');
    expect((await refund(id)).body.code).toBe('PAYMENT_PROVIDER_UNAVAILABLE');
    expect((await refund(id)).body.data.status).toBe('refunded');
    expect([...stripe.refunds.values()].filter((one) => one.payment_intent === stripe.intentOf(id).id)).toHaveLength(1);
  });

  it('end in a clear refusal when Stripe never answers, within the time that a handler has', async () => {
    const id = await place();
    stripe.troubles.push('silence', 'silence');
    const begun = performance.now();
    const silent = await pay(id);
    expect([silent.status, silent.body.code]).toEqual([503, 'PAYMENT_PROVIDER_UNAVAILABLE']);
    expect(performance.now() - begun).toBeLessThan(9_500);
    expect((await pay(id)).status).toBe(200);
  });

  it('that Stripe refuses are tried anew under a key of their own', async () => {
    const id = await place();
    stripe.troubles.push({ status: 400, code: 'amount_too_small' });
    const refused = await pay(id);
    expect([refused.status, refused.body.code]).toEqual([502, 'PAYMENT_PROVIDER_FAILED']);
    expect(refused.text).not.toContain('amount_too_small');
    expect((await pay(id)).status).toBe(200);
    expect(await ledgerOf(id)).toEqual(['requested', 'refused', 'requested', 'opened']);
  });

  it('hold no transaction open while Stripe is asked', async () => {
    const open: Json[] = [];
    stripe.before = async () => {
      open.push(
        ...(await api.database.query(
          `SELECT state, query FROM pg_stat_activity
           WHERE datname = current_database() AND application_name = 'gatehouse' AND xact_start IS NOT NULL`,
        )),
      );
    };
    const asked = stripe.calls.length;
    const id = await paidOrder();
    await pay(await place());
    await refund(id);
    const other = await place();
    await pay(other);
    await cancel(other);
    await release(other);
    const late = await place();
    await pay(late);
    await reconcile(late);
    expect(stripe.calls.length).toBeGreaterThan(asked + 4);
    expect(open).toEqual([]);
  });

  it('whose webhook never came are found by the reconciliation', async () => {
    const [paid, cancelled, refunded, waiting] = [await place(), await place(), await paidOrder(), await place()];
    for (const id of [paid, cancelled, waiting]) await pay(id);
    stripe.paid(stripe.intentOf(paid).id);
    stripe.intentOf(cancelled).status = 'canceled';
    stripe.troubles.push('dropped', 'dropped');
    expect((await refund(refunded)).status).toBe(503);
    await reconcile();
    expect(await statusOf(paid)).toBe('pending');
    await reconcile(paid, cancelled, refunded, waiting);
    expect(await statusOf(paid)).toBe('paid');
    expect(await statusOf(refunded)).toBe('refunded');
    expect(await paymentsOf(cancelled)).toMatchObject([{ status: 'cancelled' }]);
    expect(await paymentsOf(waiting)).toMatchObject([{ status: 'open' }]);
    const late = await succeeds(paid);
    expect([late.status, await ledgerOf(paid)]).toEqual([200, ['requested', 'opened', 'succeeded']]);
  });

  it('are left alone by the reconciliation while Stripe is away', async () => {
    const id = await place();
    await pay(id);
    stripe.troubles.push('dropped', 'dropped');
    await reconcile(id);
    expect(await paymentsOf(id)).toMatchObject([{ status: 'open' }]);
  });

  it('that succeed before the answer that names them are known by the name that we gave', async () => {
    const id = await place();
    stripe.troubles.push('lost', 'lost');
    expect((await pay(id)).status).toBe(503);
    expect((await succeeds(id)).status).toBe(200);
    expect(await statusOf(id)).toBe('paid');
  });

  it('of nothing are made without Stripe', async () => {
    const gift = await api.product({ price: { amount: 0, currency: 'EUR' } });
    const { id } = (await placeOrder(api, buyer, [{ productId: gift, quantity: 1 }])).body.data;
    const asked = stripe.calls.length;
    expect((await pay(id)).body.data).toMatchObject({ status: 'paid', payment: { status: 'succeeded' } });
    expect((await refund(id)).body.data.status).toBe('refunded');
    expect(stripe.calls.length).toBe(asked);
  });
});

describe('payments and the jobs of the process', () => {
  const stripe = new StripeStandIn();
  let api: Api;
  let buyer: Person;
  beforeAll(async () => {
    await stripe.start();
    api = await startApi({ environment: stripe.environment });
    buyer = await api.person();
  });
  afterAll(async () => {
    await api.close();
    await stripe.stop();
  });

  it('give back by themselves what came for an order that was cancelled', async () => {
    const productId = await api.product({ stock: 1 });
    const { id } = (await placeOrder(api, buyer, [{ productId, quantity: 1 }])).body.data;
    await api.post(`/api/orders/${id}/pay`, { token: buyer.token });
    const { id: ref } = stripe.intentOf(id);
    await api.post(`/api/orders/${id}/cancel`, { token: buyer.token });
    await until('its intent is cancelled', () => Promise.resolve(stripe.intent(ref).status === 'canceled'));
    await deliver(api, stripeEvent('payment_intent.succeeded', stripe.paid(ref)));
    await until('the money goes back', () => Promise.resolve(stripe.refunds.size === 1));
    expect([...stripe.refunds.values()]).toMatchObject([{ payment_intent: ref, amount: 1999 }]);
    expect(await stockOf(api, productId)).toBe(1);
  });

  it('cancel what nobody has paid in time, and end the payment that was begun', async () => {
    const productId = await api.product({ stock: 1 });
    const { id } = (await placeOrder(api, buyer, [{ productId, quantity: 1 }])).body.data;
    await api.post(`/api/orders/${id}/pay`, { token: buyer.token });
    await api.database.query("UPDATE orders SET created_at = created_at - interval '1 h' WHERE id = $1", [id]);
    await api.app.get(Jobs, { strict: false }).enqueue('orders.expire', {});
    await until('its intent is cancelled', () => Promise.resolve(stripe.intentOf(id).status === 'canceled'));
    expect((await api.get(`/api/orders/${id}`, { token: buyer.token })).body.data.status).toBe('cancelled');
    expect(await stockOf(api, productId)).toBe(1);
  });

  it('find a payment whose webhook never came', async () => {
    const productId = await api.product();
    const { id } = (await placeOrder(api, buyer, [{ productId, quantity: 1 }])).body.data;
    await api.post(`/api/orders/${id}/pay`, { token: buyer.token });
    stripe.paid(stripe.intentOf(id).id);
    const silent = "UPDATE payments SET checked_at = checked_at - interval '11 minutes' WHERE order_id = $1";
    await api.database.query(silent, [id]);
    await api.app.get(Jobs, { strict: false }).enqueue('payments.reconcile', {});
    const order = async () => (await api.get(`/api/orders/${id}`, { token: buyer.token })).body.data;
    await until('it is paid', async () => (await order()).status === 'paid');
  });

  it('tell the buyer that the order is placed, paid, shipped and refunded', async () => {
    const productId = await api.product({ name: 'A <b>lantern</b> & more', price: { amount: 5, currency: 'JPY' } });
    const manager = await api.person('manager');
    const { id } = (await placeOrder(api, buyer, [{ productId, quantity: 3 }])).body.data;
    const placed = await api.mailTo(buyer.email, `Your order ${id}`);
    expect(placed).toContain('3 × A <b>lantern</b> & more, JPY 5 each');
    expect(placed).toContain('Total: JPY 15');
    await api.post(`/api/orders/${id}/pay`, { token: buyer.token });
    await deliver(api, stripeEvent('payment_intent.succeeded', stripe.paid(stripe.intentOf(id).id)));
    expect(await api.mailTo(buyer.email, `Your order ${id} is paid`)).toContain('We have received JPY 15');
    await api.post(`/api/orders/${id}/fulfil`, { token: manager.token });
    expect(await api.mailTo(buyer.email, `Your order ${id} is on its way`)).toContain('are on their way');
    await api.post(`/api/orders/${id}/refund`, { token: manager.token });
    expect(await api.mailTo(buyer.email, `Your order ${id} was refunded`)).toContain('given back JPY 15');
  });
});

describe('payments in development', () => {
  let api: Api;
  let buyer: Person;
  beforeAll(async () => {
    api = await startApi();
    buyer = await api.person();
  });
  afterAll(() => api.close());

  it('are made at once by a provider that says that no money moves', async () => {
    const productId = await api.product({ stock: 10 });
    const { id } = (await placeOrder(api, buyer, [{ productId, quantity: 2 }])).body.data;
    const paid = await api.post(`/api/orders/${id}/pay`, { token: buyer.token });
    expect(paid.body.data).toMatchObject({
      status: 'paid',
      payment: { provider: 'development', notice: 'Development provider: no money moves', status: 'succeeded' },
    });
    const refunded = await api.post(`/api/orders/${id}/refund`, { token: (await api.person('manager')).token });
    expect(refunded.body.data).toMatchObject({ status: 'refunded', payment: { provider: 'development' } });
    expect(await stockOf(api, productId)).toBe(10);
    expect(await api.app.get(PaymentsService, { strict: false }).release(id)).toBeUndefined();
  });

  it('are told of by nobody', async () => {
    const answer = await deliver(api, stripeEvent('payment_intent.succeeded', { id: 'pi_x' }));
    expect([answer.status, answer.body.code]).toEqual([400, 'WEBHOOK_NOT_AUTHENTIC']);
  });
});
