export { loggingModule } from './logger.js';
