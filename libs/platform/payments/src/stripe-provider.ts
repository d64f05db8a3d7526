import type { Clock } from '@gatehouse/platform/clock';
import { Problem } from '@gatehouse/platform/http';
import { Logger } from '@nestjs/common';
import Stripe from 'stripe';
import {
  type HeaderFields,
  type NewPayment,
  type PaymentEvent,
  PaymentProvider,
  type ProviderPayment,
  type ProviderRefund,
  type RefundOrder,
} from './payment-provider.js';
import { paymentEvent } from './stripe-events.js';

export interface StripeSettings {
  readonly apiKey: string;
  readonly webhookSecret: string;
  /** Origin of the API. */
  readonly url: string;
}

/** One try and one more stay below the time that a handler has (HANDLER_TIMEOUT_MS). */
const callTimeoutMs = 3_500;
const toleranceSeconds = 300;

/** Stripe by its official SDK: a payment is a PaymentIntent, which the buyer's client confirms with its client secret. */
export class StripeProvider extends PaymentProvider {
  readonly name = 'stripe';
  readonly notice = undefined;
  private readonly logger = new Logger(StripeProvider.name);
  private readonly stripe: Stripe;

  constructor(
    private readonly settings: StripeSettings,
    private readonly clock: Clock,
  ) {
    super();
    const { protocol, hostname, port } = new URL(settings.url);
    this.stripe = new Stripe(settings.apiKey, {
      protocol: protocol === 'http:' ? 'http' : 'https',
      host: hostname,
      ...(port === '' ? {} : { port }),
      timeout: callTimeoutMs,
      // With the same idempotency key, which the SDK sends along again.
      maxNetworkRetries: 1,
      telemetry: false,
    });
  }

  open({ paymentId, orderId, amount, currency }: NewPayment): Promise<ProviderPayment> {
    return this.calling(async () =>
      paymentOf(
        await this.stripe.paymentIntents.create(
          {
            amount,
            currency: currency.toLowerCase(),
            automatic_payment_methods: { enabled: true },
            metadata: { payment_id: paymentId, order_id: orderId },
          },
          { idempotencyKey: `payment-${paymentId}` },
        ),
      ),
    );
  }

  look(ref: string): Promise<ProviderPayment> {
    return this.calling(async () => paymentOf(await this.stripe.paymentIntents.retrieve(ref)));
  }

  cancel(ref: string): Promise<ProviderPayment> {
    return this.calling(async () => {
      const cancelled = this.stripe.paymentIntents.cancel(ref, {}, { idempotencyKey: `cancel-${ref}` });
      // Cancelled or paid before: how it stands now is the answer to either.
      const intent = await cancelled.catch((error: unknown) => {
        if (codeOf(error) === 'payment_intent_unexpected_state') return this.stripe.paymentIntents.retrieve(ref);
        throw error;
      });
      return paymentOf(intent);
    });
  }

  refund({ ref, key, refundRef }: RefundOrder): Promise<ProviderRefund> {
    return this.calling(async () => {
      if (refundRef !== undefined) return refundOf(await this.stripe.refunds.retrieve(refundRef));
      try {
        const order = { payment_intent: ref, reason: 'requested_by_customer' } as const;
        return refundOf(await this.stripe.refunds.create(order, { idempotencyKey: key }));
      } catch (error) {
        if (codeOf(error) !== 'charge_already_refunded') throw error;
        // Refunded at Stripe itself, or by us when its idempotency keys were younger.
        const [known] = (await this.stripe.refunds.list({ payment_intent: ref, limit: 1 })).data;
        if (known === undefined) throw error;
        return refundOf(known);
      }
    });
  }

  event(body: Buffer, { 'stripe-signature': signature }: HeaderFields): PaymentEvent {
    if (typeof signature !== 'string') throw new Problem('WEBHOOK_NOT_AUTHENTIC');
    const now = this.clock.milliseconds();
    let event: Stripe.Event;
    try {
      event = this.stripe.webhooks.constructEvent(
        body,
        signature,
        this.settings.webhookSecret,
        toleranceSeconds,
        undefined,
        now,
      );
    } catch {
      throw new Problem('WEBHOOK_NOT_AUTHENTIC');
    }
    // The SDK refuses what is too old; what is too far ahead could be kept and presented for longer than it should.
    if (signedAt(signature) * 1_000 > now + toleranceSeconds * 1_000) throw new Problem('WEBHOOK_NOT_AUTHENTIC');
    return paymentEvent(event);
  }

  private async calling<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeError)) throw error;
      const { type, code, statusCode, requestId } = error;
      this.logger.warn({ type, code, statusCode, requestId }, 'Stripe did not do as asked');
      if (isUncertain(error)) throw new Problem('PAYMENT_PROVIDER_UNAVAILABLE', { headers: { 'retry-after': '5' } });
      throw new Problem('PAYMENT_PROVIDER_FAILED');
    }
  }
}

/** Whether the call may have had its effect, or may have it when it is repeated as it was. */
function isUncertain(error: Stripe.errors.StripeError): boolean {
  const status = error.statusCode;
  return status === undefined || status >= 500 || status === 409 || status === 429;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Stripe.errors.StripeError ? error.code : undefined;
}

function signedAt(signature: string): number {
  return Number(/(?:^|,)\s*t=(\d+)/.exec(signature)?.[1]);
}

function paymentOf(intent: Stripe.PaymentIntent): ProviderPayment {
  const { id, status, amount, amount_received: received, currency, client_secret: clientSecret } = intent;
  const state = status === 'succeeded' ? 'succeeded' : status === 'canceled' ? 'cancelled' : 'open';
  return {
    ref: id,
    state,
    amount: state === 'succeeded' ? received : amount,
    currency: currency.toUpperCase(),
    clientSecret: clientSecret ?? undefined,
  };
}

function refundOf({ id, status }: Stripe.Refund): ProviderRefund {
  if (status === 'succeeded') return { ref: id, state: 'done' };
  return { ref: id, state: status === 'failed' || status === 'canceled' ? 'failed' : 'pending' };
}
