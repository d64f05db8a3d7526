/** What is to be paid, in minor units of an ISO 4217 currency. */
export interface NewPayment {
  /** Ours: what the provider knows the payment by again, however often it is asked for it. */
  readonly paymentId: string;
  readonly orderId: string;
  readonly amount: number;
  readonly currency: string;
}

/** A payment as the provider knows it. */
export interface ProviderPayment {
  /** The provider's name of it. */
  readonly ref: string;
  /** `open` until the money has come; a try that failed may be followed by another. */
  readonly state: 'open' | 'succeeded' | 'cancelled';
  /** What came, or what is to come while it is open. */
  readonly amount: number;
  /** In capitals. */
  readonly currency: string;
  /** What the buyer's client hands to the provider to pay; whoever has it may pay, and nothing else. */
  readonly clientSecret: string | undefined;
}

export interface RefundOrder {
  readonly ref: string;
  /** Of one try: the provider answers a repetition under it as it answered the first. */
  readonly key: string;
  /** The provider's name of a refund that was begun before. */
  readonly refundRef: string | undefined;
}

export interface ProviderRefund {
  readonly ref: string;
  readonly state: 'done' | 'pending' | 'failed';
}

/** What the provider tells of a payment. */
export interface PaymentEvent {
  /** Unique with the provider; a repetition has the same. */
  readonly id: string;
  /** In the provider's words. */
  readonly type: string;
  readonly kind: 'succeeded' | 'failed' | 'cancelled' | 'refunded' | 'refund-failed' | 'other';
  readonly ref: string | undefined;
  /** Ours, where the provider tells it. */
  readonly paymentId: string | undefined;
  readonly amount: number | undefined;
  readonly currency: string | undefined;
  /** The provider's name of the refund that it tells of, where it tells of one. */
  readonly refundRef: string | undefined;
  /** Why a try failed, as a code. */
  readonly reason: string | undefined;
}

/**
 * Where money comes from and goes back to. No transaction may be open around a call: each may take seconds. Every one
 * may be repeated, and then has its effect once.
 *
 * All of them throw Problem PAYMENT_PROVIDER_UNAVAILABLE where it isn't known whether the call had its effect, and
 * PAYMENT_PROVIDER_FAILED where it had none.
 */
export abstract class PaymentProvider {
  /** Kept with each payment: what one provider has taken no other can give back. */
  abstract readonly name: string;
  /** What whoever pays must be told, such as that no money moves. */
  abstract readonly notice: string | undefined;

  /** Begins a payment, or answers the one that was begun under this id. */
  abstract open(payment: NewPayment): Promise<ProviderPayment>;

  /** The payment as it stands. */
  abstract look(ref: string): Promise<ProviderPayment>;

  /** Ends a payment that nobody has made yet; answers how it stands then, `succeeded` where somebody was faster. */
  abstract cancel(ref: string): Promise<ProviderPayment>;

  /** Gives the whole of a payment back. */
  abstract refund(order: RefundOrder): Promise<ProviderRefund>;

  /**
   * Reads what came to the webhook.
   * @throws Problem WEBHOOK_NOT_AUTHENTIC unless the provider signed these bytes within the last 300 s.
   */
  abstract event(body: Buffer, headers: HeaderFields): PaymentEvent;
}

/** Header fields of a request, by their names in small letters. */
export type HeaderFields = Readonly<Record<string, string | string[] | undefined>>;
