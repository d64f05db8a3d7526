import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { type Account, type Outcome, run } from './account.js';
import type { Binaries } from './binaries.js';
import { withConnection } from './connections.js';
import { EmbeddedPostgresError, errorCode, tellingLine } from './embedded-error.js';
import { findPlace, type NewPlace, outsideHomes } from './place.js';
import { findServer, stopServer } from './server.js';
import { APPLICATION, DATABASE, newState, OWNER, type State, SUPERUSER, writeState } from './state.js';

const NAME = 'gatehouse-setup';
const DUPLICATE_OBJECT = '42710';

/** Both order text by code point; the second needs no locale of the system. */
const LOCALES = [['--locale=C.UTF-8'], ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']];

/** Stops whatever serves the cluster. */
export async function stopRunning(cluster: string): Promise<void> {
  const server = findServer(cluster);
  if (server !== undefined) await stopServer(cluster, server);
}

/** Removes the clusters kept outside for this data folder. */
export async function removeOutside(dataDir: string): Promise<void> {
  for (const home of outsideHomes(dataDir)) {
    if (!existsSync(home)) continue;
    await stopRunning(join(home, 'postgres'));
    rmSync(home, { recursive: true, force: true });
  }
}

/**
 * Clears the way for a new cluster. One kept outside lost its passwords with the data folder, whose removal meant to
 * start anew; one inside is moved aside, as only postgres.json is missing, which may have been a mistake.
 */
async function clearLeftovers(dataDir: string): Promise<void> {
  await removeOutside(dataDir);
  const inside = join(dataDir, 'postgres');
  if (!existsSync(inside)) return;
  await stopRunning(inside);
  renameSync(inside, `${inside}.without-password-${Date.now()}`);
}

/** Makes a new cluster; it gets its name only when it is whole, so that an interrupted attempt leaves none. */
export async function createCluster(dataDir: string, binaries: Binaries, account: Account | undefined): Promise<State> {
  await clearLeftovers(dataDir);
  const place = await findPlace(dataDir, account);
  const state = newState(dataDir, place.inside ? 'postgres' : place.cluster);
  await initialise(dataDir, place, state, binaries, account);
  // First, lest the cluster be there without its passwords.
  writeState(dataDir, state);
  renameSync(place.temporary, place.cluster);
  return state;
}

async function initialise(
  dataDir: string,
  { temporary }: NewPlace,
  state: State,
  binaries: Binaries,
  account: Account | undefined,
): Promise<void> {
  // Beside the cluster's folder, which must be empty, but reachable like it.
  const passwordFile = `${temporary}.password`;
  const data = ['-D', temporary, '--encoding=UTF8', `--username=${SUPERUSER}`, '--auth=scram-sha-256'];
  let outcome: Outcome = { ok: false, output: '' };
  try {
    writeFileSync(passwordFile, `${state.passwords[SUPERUSER]}\n`, { mode: 0o600, flag: 'wx' });
    if (account !== undefined) chownSync(passwordFile, account.uid, account.gid);
    for (const locale of LOCALES) {
      outcome = await run(binaries.initdb, [...data, ...locale, `--pwfile=${passwordFile}`], account);
      if (outcome.ok) return;
      if (!/locale/i.test(outcome.output)) break;
    }
  } finally {
    rmSync(passwordFile, { force: true });
    if (!outcome.ok) rmSync(temporary, { recursive: true, force: true });
  }
  const log = join(dataDir, 'initdb.log');
  try {
    writeFileSync(log, outcome.output);
  } catch {
    // A full disk: the line below must be enough.
  }
  throw new EmbeddedPostgresError(`PostgreSQL's initdb failed: ${tellingLine(outcome.output)} (log: ${log})`);
}

export function assertSameMajor(cluster: string, binaries: Binaries): void {
  const made = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  if (made === binaries.major) return;
  throw new EmbeddedPostgresError(
    `The database in ${cluster} was made by PostgreSQL ${made}, but PostgreSQL ${binaries.major} is installed: ` +
      'delete or move that folder',
  );
}

/** Makes the roles and the database; may be repeated, as it may have been interrupted. */
export async function prepareCluster(state: State, port: number): Promise<void> {
  const attributes = { [OWNER]: 'LOGIN CREATEROLE', [APPLICATION]: 'LOGIN' };
  const exists = await withConnection(state, port, { name: NAME }, async (client) => {
    for (const role of [OWNER, APPLICATION] as const) {
      await client.query(`CREATE ROLE ${role}`).catch(ignoring(DUPLICATE_OBJECT));
      await client.query(`ALTER ROLE ${role} ${attributes[role]} PASSWORD '${state.passwords[role]}'`);
    }
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    return rowCount === 1;
  });
  if (exists) await grant(state, port, DATABASE);
  else await createDatabase(state, port, DATABASE);
}

function ignoring(code: string): (error: unknown) => void {
  return (error) => {
    if (errorCode(error) !== code) throw error;
  };
}

/** Gives the database to the owner, and to the application no more than connecting and looking names up. */
async function grant(state: State, port: number, database: string): Promise<void> {
  await withConnection(state, port, { name: NAME, database }, async (client) => {
    await client.query(
      `REVOKE ALL ON DATABASE ${pg.escapeIdentifier(database)} FROM PUBLIC;
       GRANT CONNECT ON DATABASE ${pg.escapeIdentifier(database)} TO ${APPLICATION};
       ALTER SCHEMA public OWNER TO ${OWNER};
       REVOKE ALL ON SCHEMA public FROM PUBLIC;
       GRANT USAGE ON SCHEMA public TO ${APPLICATION};`,
    );
  });
}

/** Creates a database owned by the owner role, whole or not at all. */
export async function createDatabase(state: State, port: number, database: string): Promise<void> {
  await withConnection(state, port, { name: NAME }, async (client) => {
    // Not from template1: a copy of that fails while anything, say autovacuum, is connected to it.
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)} OWNER ${OWNER} TEMPLATE template0`);
  });
  try {
    await grant(state, port, database);
  } catch (error) {
    await dropDatabase(state, port, database);
    throw error;
  }
}

/** Drops a database, those still connected to it included. */
export async function dropDatabase(state: State, port: number, database: string): Promise<void> {
  await withConnection(state, port, { name: NAME }, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(database)} WITH (FORCE)`);
  });
}
