import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import { AuditEntryEntity } from './audit-entry.entity.js';

@Injectable()
export class AuditRepository {
  constructor(private readonly transactions: Transactions) {}

  /** What happened to one thing, newest first; ids sort by time. */
  trail(resource: string, resourceId: string, offset: number, limit: number): Promise<[AuditEntryEntity[], number]> {
    return this.transactions.repository(AuditEntryEntity).findAndCount({
      where: { resource, resourceId },
      order: { id: 'DESC' },
      skip: offset,
      take: limit,
    });
  }
}
