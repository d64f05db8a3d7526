import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';

/**
 * Somebody's wish for an account, until they show that the address is theirs. An address may have several: the mail
 * that is answered, with the password given at that time, decides which one becomes the account.
 */
@Entity('registrations')
@Unique('registrations_by_token', ['tokenHash'])
@Index('registrations_by_end', ['expiresAt'])
@Index('registrations_by_email', ['canonicalEmail'])
export class RegistrationEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  email!: string;

  @Column('text')
  canonicalEmail!: string;

  @Column('text')
  name!: string;

  @Column('text')
  passwordHash!: string;

  @Column('bytea')
  tokenHash!: Buffer;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  expiresAt!: Date;
}
