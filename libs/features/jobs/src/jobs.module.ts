import { AccessModule } from '@gatehouse/access';
import { Module } from '@nestjs/common';
import { JobsController } from './jobs.controller.js';
import { jobsPermissions } from './jobs.permissions.js';
import { JobsService } from './jobs.service.js';

/** Looking into the queue, and reviving what is dead. */
@Module({
  imports: [AccessModule.forFeature(jobsPermissions)],
  controllers: [JobsController],
  providers: [JobsService],
  exports: [JobsService],
})
export class JobAdministrationModule {}
