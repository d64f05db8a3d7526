import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A mailed token that sets a password once: an invitation, or the answer to a forgotten one. */
@Entity('password_tokens')
@Index('password_tokens_by_end', ['expiresAt'])
export class PasswordTokenEntity {
  /** SHA-256 of the token. */
  @PrimaryColumn('bytea')
  hash!: Buffer;

  @Column('uuid')
  @ForeignKey('users', { name: 'password_tokens_of_user' })
  userId!: string;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  expiresAt!: Date;

  @Column('timestamptz', { nullable: true })
  usedAt!: Date | null;
}
