import { Audited } from '@gatehouse/platform/audit';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { type PaymentStatus, paymentStatuses } from './payment-status.js';

const amount = { to: (value: number) => value, from: Number };

/** One attempt to pay an order. */
@Entity('payments')
@Unique('payments_once_at_provider', ['provider', 'providerRef'])
@Check('payments_known_status', `status IN ('${paymentStatuses.join("', '")}')`)
@Check('payments_amount_never_negative', 'amount >= 0')
@Index('payments_one_live', { synchronize: false })
@Index('payments_one_settling', { synchronize: false })
@Index('payments_by_order', { synchronize: false })
@Index('payments_unsettled', { synchronize: false })
@Audited({ resource: 'payment', ignore: ['updated_at', 'checked_at'] })
export class PaymentEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  @ForeignKey('orders', { name: 'payments_of_order' })
  orderId!: string;

  /** Who takes it; nobody else can give it back. */
  @Column('text')
  provider!: string;

  /** The provider's name of it, once there is one. */
  @Column('text', { nullable: true })
  providerRef!: string | null;

  @Column('text')
  status!: PaymentStatus;

  /** In minor units: the order's total when it was begun. */
  @Column('bigint', { transformer: amount })
  amount!: number;

  @Column('char', { length: 3 })
  currency!: string;

  /** Whether this is the payment that its order was paid by. */
  @Column('boolean', { default: false })
  settles!: boolean;

  @Column('text', { nullable: true })
  refundRef!: string | null;

  /** How often a refund was begun: each try is one of its own to the provider. */
  @Column('smallint', { default: 0 })
  refundAttempts!: number;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  updatedAt!: Date;

  /** When the reconciliation last took it up. */
  @Column('timestamptz')
  checkedAt!: Date;
}
