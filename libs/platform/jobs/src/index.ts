export { JobConsumer, jobNameOf } from './job-consumer.js';
