import { Audited } from '@gatehouse/platform/audit';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

@Entity('grants')
@Unique('grants_once', ['userId', 'permission'])
@Check('grants_end_after_start', 'expires_at > starts_at')
@Index('grants_by_permission', ['permission'])
@Index('grants_to_end', ['expiresAt'], { where: 'NOT end_recorded' })
@Index('grants_ended', ['expiresAt'], { where: 'end_recorded' })
@Audited({ resource: 'grant', id: 'user_id', ignore: ['end_recorded'] })
export class GrantEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  @ForeignKey('users', { name: 'grants_of_user' })
  userId!: string;

  @Column('text')
  permission!: string;

  @Column('timestamptz')
  startsAt!: Date;

  /** `null` holds until it is revoked. */
  @Column('timestamptz', { nullable: true })
  expiresAt!: Date | null;

  @Column('text', { nullable: true })
  reason!: string | null;

  @Column('uuid')
  @ForeignKey('users', { name: 'grants_of_granter' })
  grantedBy!: string;

  @Column('timestamptz')
  createdAt!: Date;

  /** Whether the trail says that it has ended; nothing is decided by it. */
  @Column('boolean', { default: false })
  endRecorded!: boolean;
}
