import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { runsAsRoot } from './account.js';
import { errorCode } from './embedded-error.js';

export const SUPERUSER = 'postgres';
export const OWNER = 'gatehouse_owner';
export const APPLICATION = 'gatehouse_app';
export const DATABASE = 'gatehouse';

const stateSchema = z.object({
  /** the data folder when this was written, so as to notice that it was copied */
  dataDir: z.string(),
  /** where the cluster lies; relative to the data folder when inside, so that the folder may be moved */
  cluster: z.string(),
  /** the port last listened on, kept while it is free so that addresses stay good over restarts */
  port: z.number().int().optional(),
  /** whether roles and database have been made */
  prepared: z.boolean(),
  passwords: z.object({ [SUPERUSER]: z.string(), [OWNER]: z.string(), [APPLICATION]: z.string() }),
});

/** What DATA_DIR/postgres.json remembers. */
export type State = z.infer<typeof stateSchema>;

const stateFile = (dataDir: string): string => join(dataDir, 'postgres.json');

export const clusterOf = (dataDir: string, state: State): string => resolve(dataDir, state.cluster);

export function newState(dataDir: string, cluster: string): State {
  // Hexadecimal, so that they need no escaping in URLs and SQL.
  const password = (): string => randomBytes(24).toString('hex');
  const passwords = { [SUPERUSER]: password(), [OWNER]: password(), [APPLICATION]: password() };
  return { dataDir, cluster, prepared: false, passwords };
}

function readState(dataDir: string): State | undefined {
  try {
    return stateSchema.safeParse(JSON.parse(readFileSync(stateFile(dataDir), 'utf8'))).data;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * The remembered state, when the cluster it names is there and its own: the copy of a data folder remembers the
 * outside cluster of its original, which it must leave alone.
 */
export function knownState(dataDir: string): State | undefined {
  const state = readState(dataDir);
  if (state === undefined || !existsSync(join(clusterOf(dataDir, state), 'PG_VERSION'))) return undefined;
  const inside = state.cluster !== clusterOf(dataDir, state);
  const copied = state.dataDir !== dataDir && existsSync(state.dataDir);
  return inside || !copied ? state : undefined;
}

/** Written aside and renamed, so that it is never found half-written; readable by the folder's owner only. */
export function writeState(dataDir: string, state: State): void {
  const temporary = `${stateFile(dataDir)}.new`;
  rmSync(temporary, { force: true });
  writeFileSync(temporary, `${JSON.stringify({ ...state, dataDir }, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  if (runsAsRoot()) {
    // Root may work in the folder of an ordinary user, who must be able to go on afterwards.
    const { uid, gid } = statSync(dataDir);
    chownSync(temporary, uid, gid);
  }
  renameSync(temporary, stateFile(dataDir));
}

export function forgetState(dataDir: string): void {
  rmSync(stateFile(dataDir), { force: true });
}
