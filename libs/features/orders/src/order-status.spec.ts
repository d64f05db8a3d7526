import { describe, expect, it } from 'vitest';
import { orderMoves, orderStatuses, statesBefore } from './order-status.js';

describe('order states', () => {
  it('can only be cancelled while nothing is paid', () => {
    expect(statesBefore('cancelled')).toEqual(['pending']);
  });

  it('can be refunded once paid, shipped or not', () => {
    expect(statesBefore('refunded')).toEqual(['paid', 'fulfilled']);
  });

  it('never leaves an end state', () => {
    for (const end of ['cancelled', 'refunded'] as const) expect(orderMoves[end]).toEqual([]);
  });

  it('never returns to where it began', () => {
    expect(orderStatuses.filter((status) => orderMoves[status].includes('pending'))).toEqual([]);
  });
});
