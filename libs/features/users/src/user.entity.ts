import { Audited } from '@gatehouse/platform/audit';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

@Entity('users')
@Unique('users_by_email', ['canonicalEmail'])
@Index('users_by_role', ['role'])
@Index('users_by_creation', ['createdAt', 'id'])
@Check('users_deleted_are_disabled', 'deleted_at IS NULL OR disabled_at IS NOT NULL')
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

  /** When somebody last showed that mail to the address reaches them; `null` while nobody has. */
  @Column('timestamptz', { nullable: true })
  emailVerifiedAt!: Date | null;

  /** argon2id in PHC form; `null` until an invited person has set a password, or where they sign in otherwise. */
  @Column('text', { nullable: true })
  passwordHash!: string | null;

  @Column('text')
  @ForeignKey('roles', { name: 'users_of_role' })
  role!: string;

  @Column('timestamptz', { nullable: true })
  disabledAt!: Date | null;

  /** Since when the row stands for nobody: who it was is gone, what refers to it stays. */
  @Column('timestamptz', { nullable: true })
  deletedAt!: Date | null;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  updatedAt!: Date;
}
