import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { ProductEntity } from './product.entity.js';

/** One change of a product's stock; those of a product add up to its stock. */
@Entity('stock_movements')
@Check('stock_movement_moves', 'change <> 0')
@Check('stock_movement_has_reason', "reason IN ('counted', 'ordered', 'returned')")
@Check('stock_movement_of_order', "(reason = 'counted') = (order_id IS NULL)")
@Index('stock_movements_by_product', ['productId', 'id'])
export class StockMovementEntity {
  @PrimaryColumn('uuid', { default: () => 'uuid_v7()' })
  id!: string;

  @Column('uuid')
  productId!: string;

  /** Pieces that came, or that went where it is negative. */
  @Column('integer')
  change!: number;

  /** `counted`: set by hand or by an import; `ordered`: taken for an order; `returned`: given back by one. */
  @Column('text')
  reason!: 'counted' | 'ordered' | 'returned';

  @Column('uuid', { nullable: true })
  orderId!: string | null;

  @Column('timestamptz')
  movedAt!: Date;

  @ManyToOne(() => ProductEntity)
  @JoinColumn({ name: 'product_id', foreignKeyConstraintName: 'stock_movement_of_product' })
  product!: Relation<ProductEntity>;
}
