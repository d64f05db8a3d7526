import { Unaudited } from '@gatehouse/platform/audit';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Transport } from '../sessions/session.entity.js';
import { IdentityEntity } from './identity.entity.js';

/** What a client exchanges, once, for the tokens of a sign-in that went through a browser's address line. */
@Entity('sign_in_codes')
@Index('sign_in_codes_by_identity', ['identityId'])
@Index('sign_in_codes_by_end', ['expiresAt'])
@Unaudited('lives for a minute; the session that comes of it is an entry')
export class SignInCodeEntity {
  /** SHA-256 of the code. */
  @PrimaryColumn('bytea')
  hash!: Buffer;

  @Column('uuid')
  @ForeignKey(() => IdentityEntity, { name: 'sign_in_codes_of_identity', onDelete: 'CASCADE' })
  identityId!: string;

  /** SHA-256 of the verifier that whoever began the sign-in holds (RFC 7636, section 4.2). */
  @Column('bytea')
  challenge!: Buffer;

  @Column('text')
  transport!: Transport;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  expiresAt!: Date;
}
