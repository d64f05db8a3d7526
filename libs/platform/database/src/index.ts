export { DatabaseModule, type DatabaseOptions, transactionalPlugin } from './database.module.js';
export { DATABASE_URL } from './database-url.js';
export {
  acquireEmbeddedPostgres,
  type EmbeddedPostgres,
  EmbeddedPostgresError,
  removeEmbeddedPostgres,
} from './embedded/index.js';
export { brokenConstraint, databaseFailure } from './failures.js';
export { type DatabaseState, findMigrations, inspectDatabase, migrate, revertLastMigration } from './migrate.js';
export { snakeCase } from './naming.js';
export { Notifications } from './notifications.js';
export { Transactions } from './transactions.js';
