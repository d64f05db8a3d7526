import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { accountOwning, accountToRunAs } from './account.js';
import { type InstalledBinaries, locateBinaries, runnableBinaries } from './binaries.js';
import { assertSameMajor, createCluster, prepareCluster, removeOutside, stopRunning } from './cluster.js';
import { EmbeddedPostgresError, messageOf } from './embedded-error.js';
import { Lease } from './lease.js';
import { withLock } from './lock.js';
import { folderForCopies, openDataDir } from './place.js';
import { type Postmaster, startServer } from './server.js';
import { type EmbeddedPostgres, EmbeddedPostgresSession, lockFile } from './session.js';
import { clusterOf, forgetState, knownState, type State, writeState } from './state.js';

interface Serving {
  readonly state: State;
  readonly server: Postmaster;
  readonly lease: Lease;
  readonly startedHere: boolean;
}

/**
 * Gives the PostgreSQL of the data folder: attaches to the one that runs, else starts it, having made its cluster
 * when there is none. Any number of processes may do so at once. Each must `release()` it.
 *
 * @param options.dataDir absolute, or relative to the working folder
 */
export async function acquireEmbeddedPostgres(options: { dataDir: string }): Promise<EmbeddedPostgres> {
  const installed = locateBinaries();
  return inOneLine(options.dataDir, async () => {
    const dataDir = openDataDir(options.dataDir);
    return withLock(lockFile(dataDir), async () => {
      const serving = (await attach(dataDir)) ?? (await start(dataDir, installed)) ?? (await attach(dataDir));
      if (serving === undefined) throw new EmbeddedPostgresError(`The PostgreSQL of ${dataDir} has stopped meanwhile`);
      const { state, server, lease, startedHere } = serving;
      const { port, pid } = server;
      try {
        if (!state.prepared) await prepareCluster(state, port);
        if (!state.prepared || state.port !== port) writeState(dataDir, { ...state, port, prepared: true });
      } catch (error) {
        await lease.end();
        if (startedHere) await stopRunning(clusterOf(dataDir, state));
        throw error;
      }
      return new EmbeddedPostgresSession(dataDir, clusterOf(dataDir, state), state, port, pid, lease, startedHere);
    });
  });
}

/**
 * Stops the data folder's PostgreSQL, whoever uses it, and deletes its cluster, wherever it lies. For root that may
 * be outside the data folder, so deleting the folder alone leaves it behind.
 */
export async function removeEmbeddedPostgres(options: { dataDir: string }): Promise<void> {
  await inOneLine(options.dataDir, async () => {
    const dataDir = openDataDir(options.dataDir);
    await withLock(lockFile(dataDir), async () => {
      const state = knownState(dataDir);
      for (const cluster of new Set([join(dataDir, 'postgres'), state ? clusterOf(dataDir, state) : dataDir])) {
        if (cluster === dataDir) continue;
        await stopRunning(cluster);
        rmSync(cluster, { recursive: true, force: true });
      }
      await removeOutside(dataDir);
      forgetState(dataDir);
    });
  });
}

/** Whatever fails, on the way, from a full disk to a folder of somebody else: one line for the developer. */
async function inOneLine<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    throw new EmbeddedPostgresError(`The embedded PostgreSQL of ${dataDir} can't be used: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function attach(dataDir: string): Promise<Serving | undefined> {
  const state = knownState(dataDir);
  if (state === undefined) return undefined;
  const running = await Lease.takeOnRunning(state, clusterOf(dataDir, state));
  return running && { state, ...running, startedHere: false };
}

async function start(dataDir: string, installed: InstalledBinaries): Promise<Serving | undefined> {
  const known = knownState(dataDir);
  const account = known ? accountOwning(clusterOf(dataDir, known)) : accountToRunAs();
  const binaries = await runnableBinaries(installed, account, () => folderForCopies(dataDir));
  const state = known ?? (await createCluster(dataDir, binaries, account));
  const cluster = clusterOf(dataDir, state);
  assertSameMajor(cluster, binaries);
  const server = await startServer(cluster, binaries.postgres, account, state.port);
  if (server === undefined) return undefined;
  return { state, server, lease: await Lease.take(state, cluster, server.port), startedHere: true };
}
