import { System } from '@gatehouse/access';
import { Clock } from '@gatehouse/platform/clock';
import { inBatches, type Job, JobConsumer } from '@gatehouse/platform/jobs';
import { Injectable } from '@nestjs/common';
import { RolesRepository } from './roles.repository.js';

declare global {
  interface GatehouseJobs {
    'grants.clean': Record<string, never>;
  }
}

const keptMs = 90 * 86_400_000;

/** Takes away grants that ended long ago, once the trail says that they did. */
@Injectable()
export class GrantsCleaning {
  constructor(
    private readonly repository: RolesRepository,
    private readonly clock: Clock,
  ) {}

  @JobConsumer('grants.clean', { every: '1h', timeout: '10m' })
  @System()
  async clean(_data: GatehouseJobs['grants.clean'], job: Job): Promise<void> {
    const before = new Date(this.clock.milliseconds() - keptMs);
    await inBatches(job, (atMost) => this.repository.deleteEnded(before, atMost));
  }
}
