import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

/** The other address that a user wants, until they show that it is theirs; the newest wish is the only one. */
@Entity('email_changes')
@Index('email_changes_by_end', ['expiresAt'])
@Unique('email_changes_by_token', ['tokenHash'])
export class EmailChangeEntity {
  @PrimaryColumn('uuid')
  @ForeignKey('users', { name: 'email_changes_of_user' })
  userId!: string;

  @Column('text')
  email!: string;

  /** SHA-256 of the token that is mailed there. */
  @Column('bytea')
  tokenHash!: Buffer;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  expiresAt!: Date;
}
