import { Audited } from '@gatehouse/platform/audit';
import { Check, Column, DeleteDateColumn, Entity, Index, OneToOne, PrimaryColumn, type Relation } from 'typeorm';
import { StockEntity } from './stock.entity.js';

@Entity('products')
@Check('products_price_never_negative', 'price_amount >= 0')
@Index('products_by_creation', { synchronize: false })
@Index('products_by_category', { synchronize: false })
@Index('products_by_words', { synchronize: false })
@Index('products_by_price', { synchronize: false })
@Index('products_by_name', { synchronize: false })
@Index('products_by_category_price', { synchronize: false })
@Index('products_by_category_name', { synchronize: false })
@Audited({ resource: 'product', ignore: ['updated_at', 'version', 'search'] })
export class ProductEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  name!: string;

  @Column('text')
  description!: string;

  @Column('text')
  category!: string;

  /** In minor units of the currency. */
  @Column('integer')
  priceAmount!: number;

  /** ISO 4217 */
  @Column('char', { length: 3 })
  currency!: string;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  updatedAt!: Date;

  /** Grows with every change of the product, but not of its stock; what its ETag says. */
  @Column('integer', { default: 1 })
  version!: number;

  /** The words of name and description, by a trigger. */
  @Column({ type: 'tsvector', select: false, insert: false, update: false })
  search?: string;

  /** Set once it is out of the catalogue; past orders keep their lines. */
  @DeleteDateColumn({ type: 'timestamptz', nullable: true })
  deletedAt!: Date | null;

  @OneToOne(
    () => StockEntity,
    (stock) => stock.product,
  )
  stock!: Relation<StockEntity>;
}
