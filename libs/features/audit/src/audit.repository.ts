import { floorId } from '@gatehouse/platform/audit';
import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import type { SelectQueryBuilder } from 'typeorm';
import { AuditEntryEntity } from './audit-entry.entity.js';
import type { EntriesFilter } from './dto/audit-queries.dto.js';

/** As far as entries are counted for a page. */
const countedTo = 10_000;
/** A security event is written up to seconds after it happened, and clocks differ; ids tell of the writing. */
const clocksDifferMs = 5 * 60_000;
const longestDelayMs = 60 * 60_000;

@Injectable()
export class AuditRepository {
  constructor(private readonly transactions: Transactions) {}

  /** Entries of the filter, newest first: behind the entry `before`, or after `offset` others. */
  list(filter: EntriesFilter, limit: number, offset: number, before?: string): Promise<AuditEntryEntity[]> {
    const query = this.matching(filter).orderBy('entry.id', 'DESC').limit(limit).offset(offset);
    if (before !== undefined) query.andWhere('entry.id < :before', { before });
    return query.getMany();
  }

  /** Entries of the filter that come after the entry `after`, oldest first. */
  following(filter: EntriesFilter, limit: number, after?: string): Promise<AuditEntryEntity[]> {
    const query = this.matching(filter).orderBy('entry.id', 'ASC').limit(limit);
    if (after !== undefined) query.andWhere('entry.id > :after', { after });
    return query.getMany();
  }

  /** How many entries there are of the filter, counted no further than 10,000. */
  async count(filter: EntriesFilter, to = countedTo): Promise<number> {
    const [sql, parameters] = this.matching(filter).select('1').limit(to).getQueryAndParameters();
    const [row] = await this.transactions.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM (${sql}) AS counted`,
      parameters,
    );
    return row?.count ?? 0;
  }

  private matching(filter: EntriesFilter): SelectQueryBuilder<AuditEntryEntity> {
    const { resource, resourceId, actorId, action, from, to } = filter;
    const query = this.transactions.repository(AuditEntryEntity).createQueryBuilder('entry');
    if (resource !== undefined) query.andWhere('entry.resource = :resource', { resource });
    if (resourceId !== undefined) query.andWhere('entry.resourceId = :resourceId', { resourceId });
    if (actorId !== undefined) query.andWhere('entry.actorId = :actorId', { actorId });
    if (action !== undefined) query.andWhere('entry.action = :action', { action });
    if (from !== undefined) {
      const first = floorId(new Date(from.getTime() - clocksDifferMs));
      query.andWhere('entry.occurredAt >= :from AND entry.id >= :first', { from, first });
    }
    if (to !== undefined) {
      const beyond = floorId(new Date(to.getTime() + longestDelayMs));
      query.andWhere('entry.occurredAt < :to AND entry.id < :beyond', { to, beyond });
    }
    return query;
  }
}
