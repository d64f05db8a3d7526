import { Audited } from '@gatehouse/platform/audit';
import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

@Entity('grants')
@Unique(['userId', 'permission'])
@Audited({ resource: 'grant', id: 'user_id' })
export class GrantEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
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
  grantedBy!: string;

  @Column('timestamptz')
  createdAt!: Date;
}
