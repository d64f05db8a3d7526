import { OrderDto, OrderMoneyDto } from '@gatehouse/features/orders';
import type { PaymentStatus } from '../payment-status.js';
import type { OrderPayment } from '../payments.service.js';

export class PaymentDto {
  id!: string;
  /** Who takes it: `stripe`, or `development`, which moves no money. */
  provider!: string;
  /** What whoever pays must know of the provider. */
  notice!: string | null;
  /** `created`, `open`, `succeeded`, `cancelled`, `refunding`, `refund-failed` or `refunded`. */
  status!: PaymentStatus;
  amount!: OrderMoneyDto;
  /** While it is `open`: what the provider's own client library takes to pay it, such as Stripe.js. */
  clientSecret!: string | null;

  static of({ payment, notice, clientSecret }: OrderPayment): PaymentDto {
    const { id, provider, status, amount, currency } = payment;
    return {
      id,
      provider,
      notice: notice ?? null,
      status,
      amount: { amount, currency },
      clientSecret: status === 'open' ? (clientSecret ?? null) : null,
    };
  }
}

export class OrderPaymentDto extends OrderDto {
  payment!: PaymentDto;

  static with(paid: OrderPayment): OrderPaymentDto {
    return { ...OrderDto.of(paid.order), payment: PaymentDto.of(paid) };
  }
}
