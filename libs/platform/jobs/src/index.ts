export { inBatches } from './batches.js';
export type { Job } from './job.js';
export { JobConsumer, type JobConsumerOptions, type JobName, jobNameOf } from './job-consumer.js';
export { type JobCall, JobGate, JobRefused } from './job-gate.js';
export { type JobFilter, type JobRecord, JobRecords, type JobState, jobStates } from './job-records.js';
export { JobRunner } from './job-runner.js';
export { JobScheduler } from './job-scheduler.js';
export { type EnqueueOptions, Jobs } from './jobs.js';
export { JobsModule } from './jobs.module.js';
