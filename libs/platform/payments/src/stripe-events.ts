import type Stripe from 'stripe';
import type { PaymentEvent } from './payment-provider.js';

type Told = Omit<PaymentEvent, 'id' | 'type'>;

const nothing: Told = {
  kind: 'other',
  ref: undefined,
  paymentId: undefined,
  amount: undefined,
  currency: undefined,
  refundRef: undefined,
  reason: undefined,
};

/** What an event of Stripe's says of a payment, in our words; `other` where it says nothing that we act on. */
export function paymentEvent(event: Stripe.Event): PaymentEvent {
  return { id: event.id, type: event.type, ...told(event) };
}

function told(event: Stripe.Event): Told {
  switch (event.type) {
    case 'payment_intent.succeeded':
      return { ...ofIntent(event.data.object), kind: 'succeeded', amount: event.data.object.amount_received };
    case 'payment_intent.payment_failed':
      return {
        ...ofIntent(event.data.object),
        kind: 'failed',
        reason: event.data.object.last_payment_error?.code ?? undefined,
      };
    case 'payment_intent.canceled':
      return { ...ofIntent(event.data.object), kind: 'cancelled' };
    case 'charge.refunded':
      return ofCharge(event.data.object);
    case 'refund.created':
    case 'refund.updated':
    case 'refund.failed':
      return ofRefund(event.data.object);
    default:
      return nothing;
  }
}

function ofIntent(intent: Stripe.PaymentIntent): Told {
  return {
    ...nothing,
    ref: intent.id,
    paymentId: intent.metadata['payment_id'],
    amount: intent.amount,
    currency: intent.currency.toUpperCase(),
  };
}

/** A part that was given back is no refund of ours, which are whole. */
function ofCharge(charge: Stripe.Charge): Told {
  return {
    ...nothing,
    kind: charge.refunded ? 'refunded' : 'other',
    ref: idOf(charge.payment_intent),
    amount: charge.amount_refunded,
    currency: charge.currency.toUpperCase(),
  };
}

function ofRefund(refund: Stripe.Refund): Told {
  const { status } = refund;
  const kind =
    status === 'succeeded' ? 'refunded' : status === 'failed' || status === 'canceled' ? 'refund-failed' : 'other';
  return {
    ...nothing,
    kind,
    ref: idOf(refund.payment_intent),
    amount: refund.amount,
    currency: refund.currency.toUpperCase(),
    refundRef: refund.id,
    reason: refund.failure_reason,
  };
}

function idOf(reference: string | { readonly id: string } | null): string | undefined {
  return typeof reference === 'string' ? reference : reference?.id;
}
