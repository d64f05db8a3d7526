import { describe, expect, it } from 'vitest';
import { paymentMoves, paymentStatuses, paymentStatusesBefore } from './payment-status.js';

describe('payment states', () => {
  it('take a success for what was cancelled, and never for what has succeeded before', () => {
    expect(paymentStatusesBefore('succeeded')).toEqual(['created', 'open', 'cancelled']);
  });

  it('are never open or cancelled again once the money has come', () => {
    for (const status of ['succeeded', 'refunding', 'refund-failed', 'refunded'] as const) {
      for (const target of ['created', 'open', 'cancelled'] as const) {
        expect(paymentMoves[status]).not.toContain(target);
      }
    }
  });

  it('end with the refund, and can always come to it', () => {
    expect(paymentMoves.refunded).toEqual([]);
    for (const status of paymentStatuses) if (status !== 'refunded') expect(paymentMoves[status]).toContain('refunded');
  });
});
