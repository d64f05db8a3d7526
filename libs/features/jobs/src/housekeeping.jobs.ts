import { System } from '@gatehouse/access';
import { Clock } from '@gatehouse/platform/clock';
import { IdempotencyKeys } from '@gatehouse/platform/idempotency';
import { inBatches, type Job, JobConsumer, JobRecords } from '@gatehouse/platform/jobs';
import { Injectable } from '@nestjs/common';

declare global {
  interface GatehouseJobs {
    'jobs.clean': Record<string, never>;
    'idempotency-keys.clean': Record<string, never>;
  }
}

const dayMs = 86_400_000;
/** A key is promised for a day; who repeats a request later than that has made another one. */
const keysKeptMs = 2 * dayMs;
/** As long as no scheduled job is due anew, so that the one of a time is done once. */
const doneKeptMs = 2 * dayMs;
const deadKeptMs = 30 * dayMs;

/** Takes away what the platform keeps for a while. */
@Injectable()
export class Housekeeping {
  constructor(
    private readonly records: JobRecords,
    private readonly keys: IdempotencyKeys,
    private readonly clock: Clock,
  ) {}

  @JobConsumer('jobs.clean', { every: '1h', timeout: '10m' })
  @System()
  async cleanJobs(_data: GatehouseJobs['jobs.clean'], job: Job): Promise<void> {
    await inBatches(job, (atMost) => this.records.clean(this.before(doneKeptMs), this.before(deadKeptMs), atMost));
  }

  @JobConsumer('idempotency-keys.clean', { every: '1h', timeout: '10m' })
  @System()
  async cleanKeys(_data: GatehouseJobs['idempotency-keys.clean'], job: Job): Promise<void> {
    await inBatches(job, (atMost) => this.keys.deleteBefore(this.before(keysKeptMs), atMost));
  }

  private before(ms: number): Date {
    return new Date(this.clock.milliseconds() - ms);
  }
}
