export const orderStatuses = ['pending', 'paid', 'fulfilled', 'cancelled', 'refunded'] as const;

export type OrderStatus = (typeof orderStatuses)[number];

/** Where an order may go from where it is; nothing else moves it. */
export const orderMoves: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  pending: ['paid', 'cancelled'],
  paid: ['fulfilled', 'refunded'],
  fulfilled: ['refunded'],
  cancelled: [],
  refunded: [],
};

/** The states from which an order can go to `target`. */
export function statesBefore(target: OrderStatus): OrderStatus[] {
  return orderStatuses.filter((status) => orderMoves[status].includes(target));
}
