import { createHash } from 'node:crypto';
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Account, canUseFolder, runsAsRoot } from './account.js';
import { EmbeddedPostgresError, errorCode } from './embedded-error.js';

/**
 * Where root keeps what the server's account must reach when the project is out of its reach. Everything in them
 * belongs to root; each data folder has a folder of its own, the copied binaries serve all of them.
 */
const OUTSIDE_ROOTS = ['/var/lib/gatehouse', '/var/tmp/gatehouse'];
const NEW_CLUSTER = 'postgres.new-';
const REMOVAL = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 };

/** Makes the data folder when missing and gives its true path, by which it is known. */
export function openDataDir(dataDir: string): string {
  const path = resolve(dataDir);
  mkdirSync(dirname(path), { recursive: true });
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  return realpathSync(path);
}

/** A folder of ours which no one else can write, made when missing; false when it can't be had. */
function isTrusted(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o755 });
    chmodSync(folder, 0o755);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') return false;
  }
  // In /var/tmp anybody may have made it before us, to plant programs there.
  const found = lstatSync(folder);
  return found.isDirectory() && found.uid === process.geteuid?.() && (found.mode & 0o022) === 0;
}

const homeIn = (root: string, dataDir: string): string =>
  join(root, createHash('sha256').update(dataDir).digest('hex').slice(0, 16));

/** The folders outside in which this data folder may have, or have had, its cluster. */
export const outsideHomes = (dataDir: string): string[] =>
  runsAsRoot() ? OUTSIDE_ROOTS.map((root) => homeIn(root, dataDir)) : [];

/** Where to copy binaries that can't be used where they are. */
export function folderForCopies(dataDir: string): string {
  if (!runsAsRoot()) return dataDir;
  const root = OUTSIDE_ROOTS.find(isTrusted);
  if (root === undefined) throw nowhere(dataDir);
  return root;
}

const nowhere = (dataDir: string): EmbeddedPostgresError =>
  new EmbeddedPostgresError(
    `PostgreSQL, which can't run as root, reaches neither ${dataDir} nor ${OUTSIDE_ROOTS.join(' nor ')}: ` +
      'set DATABASE_URL, or set DATA_DIR to a folder which other accounts can enter',
  );

/** What is written to for longer than the retries last is in nobody's way; a later start takes it away. */
function removeLeftover(folder: string): void {
  try {
    rmSync(folder, REMOVAL);
  } catch (error) {
    if (errorCode(error) !== 'ENOTEMPTY') throw error;
  }
}

/** An empty folder in `home`, given to the account, in which to make a cluster. */
function newClusterFolder(home: string, account: Account | undefined): string {
  for (const name of readdirSync(home)) {
    // Left by a start that was interrupted; nobody is at work there, as the caller holds the lock,
    // but for an initdb which outlived its starter and may still be writing for a moment, hence the retries.
    if (name.startsWith(NEW_CLUSTER)) removeLeftover(join(home, name));
  }
  const folder = mkdtempSync(join(home, NEW_CLUSTER));
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
  return folder;
}

export interface NewPlace {
  /** the folder in which to make the cluster */
  readonly temporary: string;
  /** what to rename it to when it is whole */
  readonly cluster: string;
  readonly inside: boolean;
}

async function tryPlace(home: string, inside: boolean, account: Account | undefined): Promise<NewPlace | undefined> {
  const temporary = newClusterFolder(home, account);
  if (account === undefined || (await canUseFolder(temporary, account))) {
    return { temporary, cluster: join(home, 'postgres'), inside };
  }
  rmSync(temporary, REMOVAL);
  return undefined;
}

/** Finds a place for a new cluster which the account has been seen to reach: the data folder, else outside. */
export async function findPlace(
  dataDir: string,
  account: Account | undefined,
  roots: readonly string[] = OUTSIDE_ROOTS,
): Promise<NewPlace> {
  const inside = await tryPlace(dataDir, true, account);
  if (inside !== undefined) return inside;
  for (const root of roots) {
    const home = homeIn(root, dataDir);
    if (!isTrusted(root) || !isTrusted(home)) continue;
    const outside = await tryPlace(home, false, account);
    if (outside !== undefined) return outside;
  }
  throw nowhere(dataDir);
}
