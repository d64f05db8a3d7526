export { CONFIGURATION, type Configuration, ConfigurationError, readConfiguration } from './configuration.js';
export { envExample } from './env-example.js';
export { type Duration, parseDuration, parseRate, type Rate } from './rate.js';
