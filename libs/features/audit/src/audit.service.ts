import { SecurityEvents } from '@gatehouse/platform/audit';
import { offsetOf, Page } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { AuditRepository } from './audit.repository.js';
import { cursorAfter, idOf } from './audit-cursor.js';
import type { AuditEntryEntity } from './audit-entry.entity.js';
import { AuditEntryDto } from './dto/audit-entry.dto.js';
import type { EntriesFilter, TrailQuery } from './dto/audit-queries.dto.js';

declare global {
  interface GatehouseSecurityEvents {
    'audit.exported': true;
    'audit.verified': true;
  }
}

/** Few enough to be forgotten quickly, however long the trail. */
const exportedAtOnce = 500;

@Injectable()
export class AuditService {
  constructor(
    private readonly repository: AuditRepository,
    private readonly events: SecurityEvents,
  ) {}

  /** A page of the entries of the filter, newest first. */
  async list(filter: EntriesFilter, query: TrailQuery): Promise<Page<AuditEntryEntity>> {
    const { cursor, limit } = query;
    const before = cursor === undefined ? undefined : idOf(cursor, filter);
    const found = await this.repository.list(filter, limit + 1, before === undefined ? offsetOf(query) : 0, before);
    const entries = found.slice(0, limit);
    const last = found.length > limit ? entries.at(-1) : undefined;
    const first = query.page === 1 && before === undefined && last === undefined;
    const total = first ? entries.length : await this.repository.count(filter);
    return new Page(entries, total, query, last === undefined ? null : cursorAfter(last.id, filter));
  }

  /** Every entry of the filter as a line of JSON, oldest first; what it holds in memory doesn't grow with them. */
  export(filter: EntriesFilter, after?: string): AsyncIterable<string> {
    this.events.record({
      action: 'audit.exported',
      outcome: 'done',
      subject: { resource: 'audit', id: 'trail' },
      details: { ...filter, after },
    });
    return this.lines(filter, after);
  }

  private async *lines(filter: EntriesFilter, after?: string): AsyncGenerator<string> {
    for (let last = after; ; ) {
      const entries = await this.repository.following(filter, exportedAtOnce, last);
      for (const entry of entries) yield `${JSON.stringify(AuditEntryDto.of(entry))}\n`;
      if (entries.length < exportedAtOnce) return;
      last = entries.at(-1)?.id;
    }
  }
}
