import { resolve } from 'node:path';
import { makePartitions } from '@gatehouse/platform/audit';
import { Clock } from '@gatehouse/platform/clock';
import { type Configuration, ConfigurationError, readConfiguration } from '@gatehouse/platform/config';
import {
  acquireEmbeddedPostgres,
  databaseFailure,
  EmbeddedPostgresError,
  inspectDatabase,
  migrate,
} from '@gatehouse/platform/database';

/** What a process runs on: its configuration, its database, its clock. */
export interface Runtime {
  readonly configuration: Configuration;
  readonly databaseUrl: string;
  /** The same database as its owner, where that is known: for commands that maintain it. */
  readonly ownerUrl?: string | undefined;
  readonly clock: Clock;
  /** One line saying where data is kept and what several processes would share. */
  readonly summary: string;
  /** Lets the database go; an embedded server stops when nobody else uses it. */
  close(): Promise<void>;
}

/** The start is not possible; the message says in a line or few what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/**
 * Reads the configuration and makes the database ready: the one that DATABASE_URL names, which must be migrated
 * already, or else the embedded one, which is started and migrated here.
 * @throws StartError
 */
export async function openRuntime(environment: NodeJS.ProcessEnv, clock = new Clock()): Promise<Runtime> {
  const configuration = configurationOf(environment);
  const database = await openDatabase(configuration);
  const shared =
    configuration.REDIS_URL === undefined ? "this process's memory" : new URL(configuration.REDIS_URL).host;
  return {
    configuration,
    clock,
    databaseUrl: database.url,
    ownerUrl: database.ownerUrl,
    close: database.close,
    summary: `database: ${database.where} · cache and limits: ${shared}`,
  };
}

/** @throws StartError naming all that is wrong with the configuration. */
export function configurationOf(environment: NodeJS.ProcessEnv): Configuration {
  try {
    const configuration = readConfiguration(environment);
    return { ...configuration, DATA_DIR: resolve(configuration.DATA_DIR) };
  } catch (error) {
    throw error instanceof ConfigurationError ? new StartError(error.message) : error;
  }
}

interface Database {
  readonly url: string;
  readonly ownerUrl: string | undefined;
  readonly where: string;
  close(): Promise<void>;
}

async function openDatabase(configuration: Configuration): Promise<Database> {
  const { DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl, DATA_DIR: dataDir } = configuration;
  if (url === undefined) return openEmbedded(dataDir);
  const { host, pathname } = new URL(url);
  const where = `PostgreSQL ${host}${pathname}`;
  const { pending, ownsTables, rewritesTrail } = await inspectDatabase(url).catch((error: unknown) => {
    throw new StartError(`Cannot reach ${where} (${reason(error)}): start it, or correct DATABASE_URL`);
  });
  if (pending.length > 0) {
    throw new StartError(
      `${where} lacks ${pending.length} migrations: run \`npm run migrate\` with DATABASE_OWNER_URL set`,
    );
  }
  if (ownsTables && configuration.NODE_ENV === 'production') {
    // Who owns the audit trail could rewrite it.
    throw new StartError(`The role of DATABASE_URL owns the tables of ${where}: give the service a lesser role`);
  }
  if (rewritesTrail && configuration.NODE_ENV === 'production') {
    throw new StartError(
      `The role of DATABASE_URL may change or remove audit entries of ${where}: revoke UPDATE, DELETE, TRUNCATE and TRIGGER on them`,
    );
  }
  return { url, ownerUrl, where, close: () => Promise.resolve() };
}

async function openEmbedded(dataDir: string): Promise<Database> {
  const server = await acquireEmbeddedPostgres({ dataDir }).catch((error: unknown) => {
    throw error instanceof EmbeddedPostgresError ? new StartError(error.message) : error;
  });
  try {
    await migrate(server.ownerUrl, server.applicationUrl);
    await makePartitions(server.ownerUrl);
  } catch (error) {
    await server.release();
    throw error;
  }
  const where = `embedded PostgreSQL in ${dataDir}${server.startedHere ? '' : ' (already running)'}`;
  const { applicationUrl: url, ownerUrl } = server;
  return { url, ownerUrl, where, close: () => server.release() };
}

function reason(error: unknown): string {
  if (databaseFailure(error) === 'unavailable') return 'it does not answer';
  return error instanceof Error ? error.message : String(error);
}
