export const paymentStatuses = [
  'created',
  'open',
  'succeeded',
  'cancelled',
  'refunding',
  'refund-failed',
  'refunded',
] as const;

/**
 * `created` until the provider knows of it, `open` until its money has come. What was cancelled may succeed all the
 * same: the buyer was faster.
 */
export type PaymentStatus = (typeof paymentStatuses)[number];

/** Where a payment may go from where it is; nothing else moves it, so that what is told late changes nothing. */
export const paymentMoves: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  created: ['open', 'succeeded', 'cancelled', 'refunded'],
  open: ['succeeded', 'cancelled', 'refunded'],
  cancelled: ['succeeded', 'refunded'],
  succeeded: ['refunding', 'refunded'],
  refunding: ['refunded', 'refund-failed'],
  'refund-failed': ['refunding', 'refunded'],
  refunded: [],
};

/** The states from which a payment can go to `target`. */
export function paymentStatusesBefore(target: PaymentStatus): PaymentStatus[] {
  return paymentStatuses.filter((status) => paymentMoves[status].includes(target));
}
