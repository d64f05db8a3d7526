import { Audited } from '@gatehouse/platform/audit';
import { Check, Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';

@Entity('grants')
@Unique('grants_once', ['userId', 'permission'])
@Check('grants_end_after_start', 'expires_at > starts_at')
@Audited({ resource: 'grant', id: 'user_id' })
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
}
