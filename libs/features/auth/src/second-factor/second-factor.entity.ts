import { Audited } from '@gatehouse/platform/audit';
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** Somebody's authenticator: pending from its setup until a code of it has been given, asked for at each sign-in from then on. */
@Entity('second_factors')
@Audited({ resource: 'second-factor', id: 'user_id', redact: ['secret'], ignore: ['last_step'] })
export class SecondFactorEntity {
  @PrimaryColumn('uuid')
  @ForeignKey('users', { name: 'second_factors_of_user' })
  userId!: string;

  /** In base32, encrypted with the key ring and bound to the user. */
  @Column('text')
  secret!: string;

  @Column('timestamptz', { nullable: true })
  enabledAt!: Date | null;

  /** The newest time step whose code was accepted: neither it nor an older one is accepted again (RFC 6238, section 5.2). */
  @Column('integer', { nullable: true })
  lastStep!: number | null;

  /** When the recovery codes there are were made. */
  @Column('timestamptz', { nullable: true })
  recoveryCodesAt!: Date | null;

  @Column('timestamptz')
  createdAt!: Date;
}
