export { JobAdministrationModule } from './jobs.module.js';
export { JobsService } from './jobs.service.js';
