import { Unaudited } from '@gatehouse/platform/audit';
import { Check, Column, Entity, JoinColumn, OneToOne, PrimaryColumn, type Relation } from 'typeorm';
import { ProductEntity } from './product.entity.js';

/** How many pieces of a product there are to sell. */
@Entity('stock')
@Check('stock_never_negative', 'quantity >= 0')
@Unaudited('moves with every order, whose entry tells')
export class StockEntity {
  @PrimaryColumn('uuid')
  productId!: string;

  @Column('integer')
  quantity!: number;

  @OneToOne(
    () => ProductEntity,
    (product) => product.stock,
  )
  @JoinColumn({ name: 'product_id', foreignKeyConstraintName: 'stock_of_product' })
  product!: Relation<ProductEntity>;
}
