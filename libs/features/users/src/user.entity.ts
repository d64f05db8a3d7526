import { Audited } from '@gatehouse/platform/audit';
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

@Entity('users')
@Unique('users_by_email', ['canonicalEmail'])
@Index('users_by_role', ['role'])
@Index('users_by_creation', ['createdAt', 'id'])
@Audited({
  resource: 'user',
  redact: ['email', 'canonical_email', 'name', 'password_hash'],
  ignore: ['updated_at'],
})
export class UserEntity {
  @PrimaryColumn('uuid')
  id!: string;

  /** As its owner wrote it; mail goes there. */
  @Column('text')
  email!: string;

  /** What makes two spellings one account; see {@link canonicalEmail}. */
  @Column('text')
  canonicalEmail!: string;

  @Column('text')
  name!: string;

  /** argon2id in PHC form; `null` until an invited person has set a password. */
  @Column('text', { nullable: true })
  passwordHash!: string | null;

  @Column('text')
  @ForeignKey('roles', { name: 'users_of_role' })
  role!: string;

  @Column('timestamptz', { nullable: true })
  disabledAt!: Date | null;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  updatedAt!: Date;
}
