import { ApiProperty } from '@nestjs/swagger';
import type { AuditEntryEntity } from '../audit-entry.entity.js';

export class AuditEntryDto {
  id!: string;
  occurredAt!: Date;
  /** What happened, such as `product.updated` or `access.denied`. */
  action!: string;
  resource!: string;
  resourceId!: string;
  /** By column: its value before and after; `[redacted]` for what the trail must not hold. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'array', items: {}, minItems: 2, maxItems: 2 } })
  changes!: Record<string, [unknown, unknown]>;
  /**
   * Of a security event: what there is to know of it, with the `count` of those alike that the entry stands for and the
   * time of the last one in `lastAt`. `null` for a change.
   */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  details!: Record<string, unknown> | null;
  /** The user who did it; `null` for a command or the database. */
  actorId!: string | null;
  /** The command, or the database role, that did it where no user did. */
  process!: string | null;
  sessionId!: string | null;
  requestId!: string | null;
  address!: string | null;
  userAgent!: string | null;

  static of(entry: AuditEntryEntity): AuditEntryDto {
    const { id, occurredAt, action, resource, resourceId, changes, details, actorId, process } = entry;
    const { sessionId, requestId, address, userAgent } = entry;
    return {
      id,
      occurredAt,
      action,
      resource,
      resourceId,
      changes,
      details,
      actorId,
      process,
      sessionId,
      requestId,
      address,
      userAgent,
    };
  }
}
