import { Unaudited } from '@gatehouse/platform/audit';
import { Check, Column, Entity, ForeignKey, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { OrderEntity } from './order.entity.js';

/** One line of an order: the product's name and price as they were when it was placed. */
@Entity('order_lines')
@Check('order_lines_amount_never_negative', 'unit_amount >= 0')
@Check('order_lines_quantity_in_bounds', 'quantity BETWEEN 1 AND 100')
@Unaudited('written with its order and never changed')
export class OrderLineEntity {
  @PrimaryColumn('uuid')
  orderId!: string;

  @PrimaryColumn('smallint')
  position!: number;

  @Column('uuid')
  @ForeignKey('products', { name: 'order_lines_of_product' })
  productId!: string;

  @Column('text')
  name!: string;

  @Column('integer')
  unitAmount!: number;

  @Column('integer')
  quantity!: number;

  @ManyToOne(
    () => OrderEntity,
    (order) => order.lines,
    { onDelete: 'CASCADE' },
  )
  @JoinColumn({ name: 'order_id', foreignKeyConstraintName: 'order_lines_of_order' })
  order!: Relation<OrderEntity>;
}
