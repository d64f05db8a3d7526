export { createBackgroundApplication } from './background.js';
export { loggingModule } from './logger.js';
