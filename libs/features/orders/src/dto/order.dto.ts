import type { OrderEntity } from '../order.entity.js';
import type { OrderLineEntity } from '../order-line.entity.js';
import type { OrderStatus } from '../order-status.js';

export class OrderMoneyDto {
  /** In minor units of the currency. */
  amount!: number;
  /** ISO 4217 */
  currency!: string;
}

export class OrderLineDto {
  productId!: string;
  /** As it was when the order was placed. */
  name!: string;
  quantity!: number;
  unitPrice!: OrderMoneyDto;

  static of({ productId, name, quantity, unitAmount }: OrderLineEntity, currency: string): OrderLineDto {
    return { productId, name, quantity, unitPrice: { amount: unitAmount, currency } };
  }
}

export class OrderDto {
  id!: string;
  userId!: string;
  /** `pending`, `paid`, `fulfilled`, `cancelled` or `refunded`. */
  status!: OrderStatus;
  total!: OrderMoneyDto;
  lines!: OrderLineDto[];
  createdAt!: Date;
  /** When a refund was begun; the order is `refunded` once the payment provider has confirmed it. */
  refundRequestedAt!: Date | null;

  static of({ id, userId, status, totalAmount, currency, lines, createdAt, refundRequestedAt }: OrderEntity): OrderDto {
    const ordered = lines.toSorted((a, b) => a.position - b.position);
    return {
      id,
      userId,
      status,
      total: { amount: totalAmount, currency },
      lines: ordered.map((line) => OrderLineDto.of(line, currency)),
      createdAt,
      refundRequestedAt,
    };
  }
}
