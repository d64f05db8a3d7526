import { SecurityEvents } from '@gatehouse/platform/audit';
import { Transactions } from '@gatehouse/platform/database';
import { offsetOf, Page, Problem } from '@gatehouse/platform/http';
import { type JobRecord, JobRecords } from '@gatehouse/platform/jobs';
import { Injectable } from '@nestjs/common';
import type { ListJobsQuery } from './dto/job-queries.dto.js';

declare global {
  interface GatehouseSecurityEvents {
    'job.retried': true;
  }
}

@Injectable()
export class JobsService {
  constructor(
    private readonly records: JobRecords,
    private readonly events: SecurityEvents,
    private readonly transactions: Transactions,
  ) {}

  async list(query: ListJobsQuery): Promise<Page<JobRecord>> {
    const [records, total] = await this.records.list(query, offsetOf(query), query.limit);
    return new Page(records, total, query);
  }

  /** @throws Problem NOT_FOUND */
  async get(id: string): Promise<JobRecord> {
    const record = await this.records.get(id);
    if (record === undefined) throw new Problem('NOT_FOUND');
    return record;
  }

  /** @throws Problem NOT_FOUND, or JOB_NOT_DEAD where there is nothing to be tried again. */
  async retry(id: string): Promise<JobRecord> {
    const record = await this.transactions.run(async () => {
      const revived = await this.records.revive(id);
      const found = await this.get(id);
      if (!revived) throw new Problem('JOB_NOT_DEAD');
      return found;
    });
    const { name } = record;
    this.events.record({ action: 'job.retried', outcome: 'done', subject: { resource: 'job', id }, details: { name } });
    return record;
  }
}
