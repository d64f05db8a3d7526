import { Audited } from '@gatehouse/platform/audit';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One sign-in on one device, and the family of refresh tokens that came of it. */
@Entity('sessions')
@Audited({ resource: 'session' })
export class SessionEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  userId!: string;

  /** How they proved who they are: `password`, `otp`, `google`. */
  @Column('text', { array: true })
  methods!: string[];

  @Column('boolean')
  secondFactor!: boolean;

  @Column('text', { nullable: true })
  address!: string | null;

  @Column('text', { nullable: true })
  userAgent!: string | null;

  @Column('timestamptz')
  createdAt!: Date;

  /** Seven days after the sign-in; rotation doesn't move it. */
  @Column('timestamptz')
  expiresAt!: Date;

  @Column('timestamptz', { nullable: true })
  endedAt!: Date | null;

  @Column('text', { nullable: true })
  endReason!: string | null;
}
