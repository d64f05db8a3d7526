import { EncryptedColumns } from '@gatehouse/platform/secrets';
import { type DynamicModule, Global, Module, type OnModuleInit } from '@nestjs/common';
import { Consumers } from './consumers.js';
import { JobQueue } from './job-queue.js';
import { JobRecords } from './job-records.js';
import { JobRunner, RUNS_JOBS } from './job-runner.js';
import { JobScheduler } from './job-scheduler.js';
import { Jobs, payloadContext } from './jobs.js';

@Global()
@Module({})
export class JobsModule implements OnModuleInit {
  constructor(private readonly columns: EncryptedColumns) {}

  /** With jobs run by this process from its start on, or by others, or once its {@link JobRunner} is started. */
  static forRoot({ runsJobs }: { runsJobs: boolean }): DynamicModule {
    return {
      module: JobsModule,
      providers: [
        { provide: RUNS_JOBS, useValue: runsJobs },
        Consumers,
        JobQueue,
        Jobs,
        JobRecords,
        JobScheduler,
        JobRunner,
      ],
      exports: [Jobs, JobRecords, JobRunner, JobScheduler],
    };
  }

  onModuleInit(): void {
    this.columns.register({
      schema: 'pgboss',
      table: 'job',
      key: 'id',
      column: 'data',
      field: 'payload',
      context: payloadContext,
    });
  }
}
