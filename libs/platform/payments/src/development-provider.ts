import type { Configuration } from '@gatehouse/platform/config';
import { Problem } from '@gatehouse/platform/http';
import {
  type NewPayment,
  type PaymentEvent,
  PaymentProvider,
  type ProviderPayment,
  type ProviderRefund,
  type RefundOrder,
} from './payment-provider.js';

const shape = /^development-([0-9a-f-]{36})-(\d+)-([A-Z]{3})$/;

/**
 * For development: every payment is made the moment it is asked for, and no money moves. It keeps nothing, so that
 * nothing is lost with the process; a payment's name holds all there is to know of it.
 */
export class DevelopmentProvider extends PaymentProvider {
  readonly name = 'development';
  readonly notice = 'Development provider: no money moves';

  /** The configuration refuses it in production; so does it itself, whoever makes one. */
  constructor({ NODE_ENV }: Pick<Configuration, 'NODE_ENV'>) {
    super();
    if (NODE_ENV === 'production') throw new Error('the development provider takes no payments in production');
  }

  open({ paymentId, amount, currency }: NewPayment): Promise<ProviderPayment> {
    return this.look(`development-${paymentId}-${amount}-${currency}`);
  }

  look(ref: string): Promise<ProviderPayment> {
    const [, , amount, currency] = shape.exec(ref) ?? [];
    if (amount === undefined || currency === undefined) return Promise.reject(new Problem('PAYMENT_PROVIDER_FAILED'));
    return Promise.resolve({ ref, state: 'succeeded', amount: Number(amount), currency, clientSecret: undefined });
  }

  cancel(ref: string): Promise<ProviderPayment> {
    return this.look(ref);
  }

  refund({ ref }: RefundOrder): Promise<ProviderRefund> {
    return Promise.resolve({ ref: `${ref}-refund`, state: 'done' });
  }

  /** It tells of nothing: whatever comes is somebody else's. */
  event(): PaymentEvent {
    throw new Problem('WEBHOOK_NOT_AUTHENTIC');
  }
}
