import { Audited } from '@gatehouse/platform/audit';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** One sign-in on one device, and the family of refresh tokens that came of it. */
@Entity('sessions')
@Index('sessions_by_user', ['userId'], { where: 'ended_at IS NULL' })
@Audited({ resource: 'session' })
export class SessionEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  @ForeignKey('users', { name: 'sessions_of_user' })
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
