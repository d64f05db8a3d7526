import { Audited } from '@gatehouse/platform/audit';
import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * One run of the seed: what was asked for and how far it has got. Its making is the one entry that the trail has of all
 * that it added; how far it has got is no event.
 */
@Entity('seedings')
@Check('seedings_sized', 'users >= 0 AND products >= 0 AND orders >= 0')
@Check('seedings_within', 'users_made <= users AND products_made <= products AND orders_made <= orders')
@Audited({ resource: 'seeding', id: 'seed', ignore: ['users_made', 'products_made', 'orders_made', 'finished_at'] })
export class SeedingEntity {
  @PrimaryColumn('integer')
  seed!: number;

  @Column('integer')
  users!: number;

  @Column('integer')
  products!: number;

  @Column('integer')
  orders!: number;

  /** The newest moment in its data. */
  @Column('timestamptz')
  until!: Date;

  @Column('integer')
  usersMade!: number;

  @Column('integer')
  productsMade!: number;

  @Column('integer')
  ordersMade!: number;

  @Column('timestamptz')
  begunAt!: Date;

  @Column('timestamptz', { nullable: true })
  finishedAt!: Date | null;
}
