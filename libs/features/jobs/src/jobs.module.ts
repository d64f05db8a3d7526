import { AccessModule } from '@gatehouse/access';
import { IdempotencyKeys } from '@gatehouse/platform/idempotency';
import { Module } from '@nestjs/common';
import { Housekeeping } from './housekeeping.jobs.js';
import { JobsController } from './jobs.controller.js';
import { jobsPermissions } from './jobs.permissions.js';
import { JobsService } from './jobs.service.js';

/** Looking into the queue, and reviving what is dead. */
@Module({
  imports: [AccessModule.forFeature(jobsPermissions)],
  controllers: [JobsController],
  providers: [JobsService, Housekeeping, IdempotencyKeys],
  exports: [JobsService],
})
export class JobAdministrationModule {}
