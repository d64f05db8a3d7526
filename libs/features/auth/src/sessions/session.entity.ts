import { Audited } from '@gatehouse/platform/audit';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** How a session's tokens travel: in bodies and headers, or in `__Host-` cookies. */
export const transports = ['bearer', 'cookie'] as const;
export type Transport = (typeof transports)[number];

/** One sign-in on one device, and the family of refresh tokens that came of it. */
@Entity('sessions')
@Index('sessions_by_user', ['userId'], { where: 'ended_at IS NULL' })
@Index('sessions_by_end', ['expiresAt'])
@Audited({ resource: 'session', ignore: ['last_seen_at'] })
export class SessionEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  @ForeignKey('users', { name: 'sessions_of_user' })
  userId!: string;

  /** How they proved who they are: `password`, `google`, `otp`, `recovery-code`. */
  @Column('text', { array: true })
  methods!: string[];

  @Column('boolean')
  secondFactor!: boolean;

  @Column('text')
  transport!: Transport;

  @Column('text', { nullable: true })
  address!: string | null;

  @Column('text', { nullable: true })
  userAgent!: string | null;

  /** When they signed in; a session that is renewed keeps it. */
  @Column('timestamptz')
  createdAt!: Date;

  /** The sign-in, or the last refresh: at most an access token's lifetime ago for a session in use. */
  @Column('timestamptz')
  lastSeenAt!: Date;

  /** Seven days after the sign-in; rotation doesn't move it. */
  @Column('timestamptz')
  expiresAt!: Date;

  @Column('timestamptz', { nullable: true })
  endedAt!: Date | null;

  @Column('text', { nullable: true })
  endReason!: string | null;
}
