import { Audited } from '@gatehouse/platform/audit';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

export type PaymentEntryKind =
  | 'requested'
  | 'opened'
  | 'refused'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'mismatched'
  | 'refund-requested'
  | 'refund-failed'
  | 'refunded';

/** A line of the ledger: what was done about a payment, or told of it. Never changed, never deleted. */
@Entity('payment_entries')
@Index('payment_entries_by_payment', { synchronize: false })
@Audited({ resource: 'payment-entry' })
export class PaymentEntryEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  @ForeignKey('payments', { name: 'payment_entries_of_payment' })
  paymentId!: string;

  @Column('text')
  kind!: PaymentEntryKind;

  /** In minor units, as it was told where it was told. */
  @Column('bigint', { transformer: { to: (value: number) => value, from: Number } })
  amount!: number;

  @Column('char', { length: 3 })
  currency!: string;

  /** The provider's event that told of it. */
  @Column('text', { nullable: true })
  eventId!: string | null;

  @Column('text', { nullable: true })
  reason!: string | null;

  @Column('timestamptz')
  recordedAt!: Date;
}
