import { Unaudited } from '@gatehouse/platform/audit';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One change, as the triggers of the audited tables wrote it, or one security event; the feature only reads them. */
@Entity('audit_entries')
@Index('audit_entries_by_resource', ['resource', 'resourceId', 'id'])
@Index('audit_entries_by_actor', ['actorId', 'id'])
@Index('audit_entries_by_action', ['action', 'id'])
@Unaudited('the trail itself, which is sealed')
export class AuditEntryEntity {
  @PrimaryColumn('uuid', { default: () => 'uuid_v7()' })
  id!: string;

  @Column('timestamptz', { default: () => 'clock_timestamp()' })
  occurredAt!: Date;

  @Column('text')
  action!: string;

  @Column('text')
  resource!: string;

  @Column('text')
  resourceId!: string;

  /** By column: what it was and what it became. */
  @Column('jsonb')
  changes!: Record<string, [unknown, unknown]>;

  /** Of a security event, which changes nothing: what there is to know, and how many alike the entry stands for. */
  @Column('jsonb', { nullable: true })
  details!: Record<string, unknown> | null;

  @Column('uuid', { nullable: true })
  actorId!: string | null;

  @Column('text', { nullable: true })
  process!: string | null;

  @Column('uuid', { nullable: true })
  sessionId!: string | null;

  @Column('text', { nullable: true })
  requestId!: string | null;

  @Column('text', { nullable: true })
  address!: string | null;

  @Column('text', { nullable: true })
  userAgent!: string | null;
}
