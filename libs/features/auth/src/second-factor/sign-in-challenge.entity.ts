import { Unaudited } from '@gatehouse/platform/audit';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Transport } from '../sessions/session.entity.js';

/** A sign-in that waits for its second factor, gone once it has become a session. */
@Entity('sign_in_challenges')
@Index('sign_in_challenges_by_user', ['userId'])
@Index('sign_in_challenges_by_end', ['expiresAt'])
@Unaudited('half a sign-in; the session that comes of it is an entry')
export class SignInChallengeEntity {
  /** SHA-256 of the token. */
  @PrimaryColumn('bytea')
  hash!: Buffer;

  @Column('uuid')
  @ForeignKey('users', { name: 'sign_in_challenges_of_user' })
  userId!: string;

  /** How they proved who they are so far: `password`, `google`. */
  @Column('text', { array: true })
  methods!: string[];

  @Column('text')
  transport!: Transport;

  /** Codes that were tried, the one under way included. */
  @Column('integer')
  tries!: number;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  expiresAt!: Date;
}
