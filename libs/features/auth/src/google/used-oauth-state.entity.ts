import { Unaudited } from '@gatehouse/platform/audit';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The state of a sign-in that has come back from the identity provider, remembered so that it doesn't come back twice. */
@Entity('used_oauth_states')
@Index('used_oauth_states_by_end', ['expiresAt'])
@Unaudited('remembers what may not be used again')
export class UsedOAuthStateEntity {
  /** SHA-256 of the state. */
  @PrimaryColumn('bytea')
  hash!: Buffer;

  /** When the state would be refused for its age. */
  @Column('timestamptz')
  expiresAt!: Date;
}
