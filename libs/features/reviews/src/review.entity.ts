import { Audited } from '@gatehouse/platform/audit';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

/** What a buyer says of a product. */
@Entity('reviews')
@Unique('reviews_once', ['userId', 'productId'])
@Check('reviews_rating_in_bounds', 'rating BETWEEN 1 AND 5')
@Index('reviews_of_product_shown', { synchronize: false })
@Audited({ resource: 'review', ignore: ['updated_at'] })
export class ReviewEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  @ForeignKey('users', { name: 'reviews_of_user' })
  userId!: string;

  @Column('uuid')
  @ForeignKey('products', { name: 'reviews_of_product' })
  productId!: string;

  /** Stars, 1 to 5. */
  @Column('smallint')
  rating!: number;

  @Column('text')
  text!: string;

  /** When a moderator took it out of the public list. */
  @Column('timestamptz', { nullable: true })
  hiddenAt!: Date | null;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  updatedAt!: Date;
}
