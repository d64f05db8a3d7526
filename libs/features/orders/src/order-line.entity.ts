import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { OrderEntity } from './order.entity.js';

/** One line of an order: the product's name and price as they were when it was placed. */
@Entity('order_lines')
export class OrderLineEntity {
  @PrimaryColumn('uuid')
  orderId!: string;

  @PrimaryColumn('smallint')
  position!: number;

  @Column('uuid')
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
  @JoinColumn({ name: 'order_id' })
  order!: Relation<OrderEntity>;
}
