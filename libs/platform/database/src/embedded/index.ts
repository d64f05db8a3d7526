export { acquireEmbeddedPostgres, removeEmbeddedPostgres } from './acquire.js';
export { EmbeddedPostgresError } from './embedded-error.js';
export type { EmbeddedPostgres } from './session.js';
