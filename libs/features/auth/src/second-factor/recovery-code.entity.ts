import { Unaudited } from '@gatehouse/platform/audit';
import { Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { SecondFactorEntity } from './second-factor.entity.js';

/** A code for a lost authenticator, gone once it was used. Not audited: the session that it began says how it was begun. */
@Entity('recovery_codes')
@Unaudited('only hashes; setting the second factor up is an entry of it')
export class RecoveryCodeEntity {
  @PrimaryColumn('uuid')
  @ForeignKey(() => SecondFactorEntity, { name: 'recovery_codes_of_second_factor', onDelete: 'CASCADE' })
  userId!: string;

  /** HMAC-SHA256 of the user's id and the code under a key outside the database. */
  @PrimaryColumn('bytea')
  hash!: Buffer;
}
