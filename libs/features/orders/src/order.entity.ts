import { Audited } from '@gatehouse/platform/audit';
import { Check, Column, Entity, ForeignKey, Index, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import { OrderLineEntity } from './order-line.entity.js';
import { type OrderStatus, orderStatuses } from './order-status.js';

@Entity('orders')
@Check('orders_known_status', `status IN ('${orderStatuses.join("', '")}')`)
@Check('orders_total_never_negative', 'total_amount >= 0')
@Index('orders_by_user', { synchronize: false })
@Index('orders_by_creation', { synchronize: false })
@Index('orders_unpaid', { synchronize: false })
@Audited({ resource: 'order', ignore: ['updated_at'] })
export class OrderEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  @ForeignKey('users', { name: 'orders_of_user' })
  userId!: string;

  @Column('text')
  status!: OrderStatus;

  /** In minor units; a whole number up to 2^53 - 1, which 100 lines of 100 pieces stay far below. */
  @Column('bigint', { transformer: { to: (amount: number) => amount, from: Number } })
  totalAmount!: number;

  @Column('char', { length: 3 })
  currency!: string;

  /** When a refund was begun; from then on nothing is shipped. */
  @Column('timestamptz', { nullable: true })
  refundRequestedAt!: Date | null;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  updatedAt!: Date;

  @OneToMany(
    () => OrderLineEntity,
    (line) => line.order,
  )
  lines!: Relation<OrderLineEntity>[];
}
