import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import type { Api } from './api.js';
import type { Answer, Json } from './http-client.js';

const apiKey = 'sk_test_of_the_suite';
const webhookSecret = 'whsec_of_the_suite';

/** What Stripe's stand-in was asked. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly key: string | undefined;
  readonly form: Readonly<Record<string, string>>;
}

/** What goes wrong with the next call: it ends before or after it had its effect, is never answered, or is refused. */
export type Trouble = 'lost' | 'dropped' | 'silence' | { readonly status: number; readonly code?: string };

interface Kept {
  readonly request: string;
  readonly status: number;
  readonly body: Json;
}

/** Fields that each call may have; whatever else is sent is a fault of ours. */
const known: readonly (readonly [string, RegExp, readonly string[]])[] = [
  [
    'POST',
    /^\/v1\/payment_intents$/,
    ['amount', 'currency', 'automatic_payment_methods[enabled]', 'metadata[payment_id]', 'metadata[order_id]'],
  ],
  ['GET', /^\/v1\/payment_intents\/pi_\w+$/, []],
  ['POST', /^\/v1\/payment_intents\/pi_\w+\/cancel$/, []],
  ['POST', /^\/v1\/refunds$/, ['payment_intent', 'reason']],
  ['GET', /^\/v1\/refunds\/re_\w+$/, []],
  ['GET', /^\/v1\/refunds$/, ['payment_intent', 'limit']],
];

/** Stripe as far as the service uses it, over real HTTP: it checks what it is sent and keeps what it is told to. */
export class StripeStandIn {
  private readonly server = createServer((request, response) => void this.serve(request, response));
  private readonly answered = new Map<string, Kept>();
  readonly intents = new Map<string, Json>();
  readonly refunds = new Map<string, Json>();
  readonly calls: Call[] = [];
  /** What it was sent and should not have been. */
  readonly faults: string[] = [];
  /** Each is met by one call. */
  readonly troubles: Trouble[] = [];
  /** What a refund becomes at once. */
  refundStatus = 'succeeded';
  /** Done before each call has its effect. */
  before: (call: Call) => Promise<void> = () => Promise.resolve();

  async start(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  /** What an API is to be configured with. */
  get environment(): Record<string, string> {
    const { port } = this.server.address() as AddressInfo;
    return {
      STRIPE_API_KEY: apiKey,
      STRIPE_WEBHOOK_SECRET: webhookSecret,
      STRIPE_API_URL: `http://127.0.0.1:${port}`,
    };
  }

  /** The buyer pays: answers the intent as it is then. */
  paid(ref: string): Json {
    return Object.assign(this.intent(ref), { status: 'succeeded', amount_received: this.intent(ref).amount });
  }

  intent(ref: string): Json {
    const intent = this.intents.get(ref);
    if (intent === undefined) throw new Error(`no intent ${ref}`);
    return intent;
  }

  /** The one intent of an order. */
  intentOf(orderId: string): Json {
    const found = [...this.intents.values()].filter(({ metadata }) => metadata.order_id === orderId);
    if (found.length !== 1) throw new Error(`${found.length} intents of ${orderId}`);
    return found[0];
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://stripe');
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const key = request.headers['idempotency-key'];
    const call: Call = {
      method: request.method ?? '',
      path: url.pathname,
      key: typeof key === 'string' ? key : undefined,
      form: Object.fromEntries(new URLSearchParams(request.method === 'GET' ? url.search : text)),
    };
    this.calls.push(call);
    this.faults.push(...faultsOf(call, request));
    await this.before(call);
    const trouble = this.troubles.shift();
    if (trouble === 'silence') return;
    if (trouble === 'dropped') return void request.socket.destroy();
    const { status, body } = typeof trouble === 'object' ? refused(trouble) : this.once(call);
    if (trouble === 'lost') return void request.socket.destroy();
    response.writeHead(status, { 'content-type': 'application/json', 'request-id': `req_${name()}` });
    response.end(JSON.stringify(body));
  }

  /** A key that was used is answered as it was then; with anything else in the request it is refused. */
  private once(call: Call): { status: number; body: Json } {
    if (call.method !== 'POST' || call.key === undefined) return this.effect(call);
    const request = JSON.stringify([call.path, call.form]);
    const kept = this.answered.get(call.key);
    if (kept !== undefined && kept.request !== request) return error(400, 'idempotency_error', 'idempotency_error');
    if (kept !== undefined) return kept;
    const { status, body } = this.effect(call);
    const copy = { request, status, body: structuredClone(body) };
    if (status === 200) this.answered.set(call.key, copy);
    return copy;
  }

  private effect({ method, path, form }: Call): { status: number; body: Json } {
    const [, kind, id, action] = /^\/v1\/(\w+)(?:\/(\w+))?(?:\/(\w+))?$/.exec(path) ?? [];
    if (kind === 'payment_intents' && method === 'POST' && id === undefined) return this.makeIntent(form);
    if (kind === 'payment_intents') {
      const intent = this.intents.get(id ?? '');
      if (intent === undefined) return error(404, 'resource_missing');
      if (action !== 'cancel') return { status: 200, body: intent };
      if (['succeeded', 'canceled'].includes(intent.status)) return error(400, 'payment_intent_unexpected_state');
      return { status: 200, body: Object.assign(intent, { status: 'canceled' }) };
    }
    if (kind !== 'refunds') return error(404, 'resource_missing');
    if (method === 'POST') return this.makeRefund(form);
    const refunds = [...this.refunds.values()];
    if (id !== undefined) return { status: 200, body: refunds.find((refund) => refund.id === id) };
    const data = refunds.filter((refund) => refund.payment_intent === form['payment_intent']);
    return { status: 200, body: { object: 'list', data, has_more: false, url: path } };
  }

  private makeIntent(form: Call['form']): { status: number; body: Json } {
    const id = `pi_${name()}`;
    const intent = {
      id,
      object: 'payment_intent',
      amount: Number(form['amount']),
      amount_received: 0,
      currency: form['currency'],
      status: 'requires_payment_method',
      client_secret: `${id}_secret_${name()}`,
      last_payment_error: null,
      metadata: { payment_id: form['metadata[payment_id]'], order_id: form['metadata[order_id]'] },
    };
    this.intents.set(id, intent);
    return { status: 200, body: intent };
  }

  private makeRefund({ payment_intent: ref = '' }: Call['form']): { status: number; body: Json } {
    const intent = this.intents.get(ref);
    if (intent?.status !== 'succeeded') return error(400, 'charge_not_succeeded');
    const before = [...this.refunds.values()].filter((refund) => refund.payment_intent === ref);
    if (before.some(({ status }) => status === 'succeeded' || status === 'pending')) {
      return error(400, 'charge_already_refunded');
    }
    const refund = {
      id: `re_${name()}`,
      object: 'refund',
      amount: intent.amount_received,
      currency: intent.currency,
      payment_intent: ref,
      status: this.refundStatus,
    };
    this.refunds.set(refund.id, refund);
    return { status: 200, body: refund };
  }
}

function faultsOf({ method, path, key, form }: Call, { headers }: IncomingMessage): string[] {
  const where = `${method} ${path}`;
  const faults: string[] = [];
  const [, , fields] = known.find(([verb, pattern]) => verb === method && pattern.test(path)) ?? [];
  if (fields === undefined) faults.push(`${where} is nothing that the service should ask`);
  const unknown = Object.keys(form).filter((field) => fields?.includes(field) === false);
  if (unknown.length > 0) faults.push(`${where} has ${unknown.join(', ')}`);
  if (headers.authorization !== `Bearer ${apiKey}`) faults.push(`${where} has no key`);
  if (headers['stripe-version'] !== Stripe.API_VERSION) faults.push(`${where} has no version`);
  if (method === 'POST' && headers['content-type'] !== 'application/x-www-form-urlencoded')
    faults.push(`${where} is no form`);
  if (method === 'POST' && !/^(payment|refund|cancel)-/.test(key ?? '')) faults.push(`${where} has no key of ours`);
  if ('amount' in form && !/^[1-9]\d*$/.test(form['amount'] ?? '')) faults.push(`${where} has no whole amount`);
  if ('currency' in form && !/^[a-z]{3}$/.test(form['currency'] ?? '')) faults.push(`${where} has no currency`);
  return faults;
}

function refused({ status, code = 'unexpected' }: Exclude<Trouble, string>): { status: number; body: Json } {
  return error(status, code);
}

function error(status: number, code: string, type = status >= 500 ? 'api_error' : 'invalid_request_error') {
  return { status, body: { error: { type, code, message: `refused by the stand-in: ${code}` } } };
}

function name(): string {
  return randomBytes(8).toString('hex');
}

/** An event as Stripe writes it; the same object again is the same event. */
export interface StripeEvent {
  readonly id: string;
  readonly type: string;
  readonly payload: string;
}

export function stripeEvent(type: string, object: Json): StripeEvent {
  const id = `evt_${name()}`;
  const body = { id, object: 'event', type, api_version: Stripe.API_VERSION, data: { object } };
  // As Stripe sends it: indented, which a body that was parsed and written again would not be.
  return { id, type, payload: JSON.stringify(body, null, 2) };
}

export interface Delivery {
  /** When it says that it was signed; by the API's clock unless said otherwise. */
  readonly at?: number;
  readonly secret?: string;
  /** What arrives instead of what was signed. */
  readonly payload?: string;
  /** The whole header, in place of a sound one. */
  readonly signature?: string;
}

/** Delivers an event to the API's webhook. */
export function deliver(api: Api, event: StripeEvent, delivery: Delivery = {}): Promise<Answer> {
  const { at = api.clock.milliseconds(), secret = webhookSecret, payload = event.payload } = delivery;
  const signature =
    delivery.signature ??
    Stripe.webhooks.generateTestHeaderString({
      payload: event.payload,
      secret,
      timestamp: Math.floor(at / 1_000),
      scheme: 'v1',
      signature: '',
      cryptoProvider: Stripe.createNodeCryptoProvider(),
    });
  return api.post('/api/payments/webhook', { raw: payload, headers: { 'stripe-signature': signature } });
}
