import { Unaudited } from '@gatehouse/platform/audit';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { SessionEntity } from './session.entity.js';

@Entity('refresh_tokens')
@Index('refresh_tokens_by_session', ['sessionId'])
@Unaudited('rotates with every use; the session is what is audited')
export class RefreshTokenEntity {
  /** SHA-256 of the token. */
  @PrimaryColumn('bytea')
  hash!: Buffer;

  @Column('uuid')
  @ForeignKey(() => SessionEntity, { name: 'refresh_tokens_of_session', onDelete: 'CASCADE' })
  sessionId!: string;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  usedAt!: Date | null;

  /** SHA-256 of the address and user agent that used it: the one client that may have its successor once more. */
  @Column('bytea', { nullable: true })
  usedBy!: Buffer | null;
}
