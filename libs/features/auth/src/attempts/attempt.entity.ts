import { Unaudited } from '@gatehouse/platform/audit';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What is left of somebody's failed attempts of one kind. Not audited: a row says nothing that the security log doesn't. */
@Entity('attempts')
@Index('attempts_by_oblivion', ['forgottenAt'])
@Unaudited('counts failures, each of which is a security event')
export class AttemptEntity {
  /** HMAC-SHA256 of kind and name under a key outside the database. */
  @PrimaryColumn('bytea')
  subject!: Buffer;

  @Column('text')
  kind!: string;

  /** When the last failure will be forgiven: from here and the time that one takes follows how many there are now. */
  @Column('timestamptz')
  forgottenAt!: Date;

  @Column('timestamptz', { nullable: true })
  lockedUntil!: Date | null;
}
