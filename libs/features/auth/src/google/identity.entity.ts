import { Audited } from '@gatehouse/platform/audit';
import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';

/** Somebody as an identity provider knows them, linked with the account they have here. */
@Entity('identities')
@Unique('identities_by_subject', ['issuer', 'subject'])
@Unique('identities_by_user', ['userId', 'issuer'])
@Audited({ resource: 'identity', redact: ['subject', 'email'] })
export class IdentityEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  issuer!: string;

  /** Never given to anybody else by the issuer, as an e-mail address may be (OpenID Connect Core, section 5.7). */
  @Column('text')
  subject!: string;

  @Column('uuid')
  @ForeignKey('users', { name: 'identities_of_user' })
  userId!: string;

  /** As the issuer told it when the two were linked; decides nothing any more. */
  @Column('text', { nullable: true })
  email!: string | null;

  @Column('timestamptz')
  createdAt!: Date;
}
