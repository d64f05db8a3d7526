import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { EmbeddedPostgresError, errorCode } from './embedded-error.js';

/** The system account that PostgreSQL runs as; undefined stands for the one which this process runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export const runsAsRoot = (): boolean => process.geteuid?.() === 0;

/** Accounts to which root may hand the server, best first: one made for it, else the one which owns nothing. */
const PREFERRED = ['postgres', '_postgres', 'nobody'];

/** PostgreSQL refuses to run as root, hence an unprivileged account of the system (none is made). */
export function accountToRunAs(): Account | undefined {
  if (!runsAsRoot()) return undefined;
  const entries = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of PREFERRED) {
    const entry = entries.find((fields) => fields[0] === name);
    const account = { uid: Number(entry?.[2]), gid: Number(entry?.[3]) };
    if (Number.isInteger(account.uid) && Number.isInteger(account.gid) && account.uid !== 0) return account;
  }
  throw new EmbeddedPostgresError(
    'PostgreSQL refuses to run as root, and there is no account "postgres" or "nobody": set DATABASE_URL, or start as an ordinary user',
  );
}

/** For root, the account that owns an existing cluster, which may have been made by an ordinary user. */
export function accountOwning(folder: string): Account | undefined {
  if (!runsAsRoot()) return undefined;
  const { uid, gid } = statSync(folder);
  return uid === 0 ? accountToRunAs() : { uid, gid };
}

/** What a PostgreSQL program needs of the environment; the rest (PG…, secrets of the application) is kept from it. */
function environment(): NodeJS.ProcessEnv {
  const kept = /^(PATH|HOME|TMPDIR|TEMP|TMP|SystemRoot|LD_LIBRARY_PATH|DYLD_.*|NIX_LD.*)$/i;
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => kept.test(name))), LC_ALL: 'C' };
}

/** Options common to all programs run here. The working folder is one that every account can enter. */
export function spawnOptions(account: Account | undefined): {
  env: NodeJS.ProcessEnv;
  cwd?: string;
  uid?: number;
  gid?: number;
} {
  const cwd = process.platform === 'win32' ? {} : { cwd: '/' };
  return { env: environment(), ...cwd, ...(account && { uid: account.uid, gid: account.gid }) };
}

export interface Outcome {
  readonly ok: boolean;
  readonly output: string;
  /** why the program could not even be started, e.g. `ENOENT` */
  readonly spawnError?: string;
}

/** Runs a program to its end as the account and gathers what it says. */
export function run(program: string, args: readonly string[], account: Account | undefined): Promise<Outcome> {
  return new Promise((resolve) => {
    let output = '';
    const failed = (error: unknown): void =>
      resolve({ ok: false, output: String(error), spawnError: errorCode(error) ?? 'unknown' });
    try {
      const child = spawn(program, args, { ...spawnOptions(account), stdio: ['ignore', 'pipe', 'pipe'] });
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.on('error', failed);
      child.on('close', (code) => resolve({ ok: code === 0, output }));
    } catch (error) {
      failed(error);
    }
  });
}

/** Proves by doing it, as that account, that it can reach and write the folder: modes alone don't tell it all. */
export async function canUseFolder(folder: string, account: Account): Promise<boolean> {
  return (await run('/bin/sh', ['-c', 'cd -- "$1" && : > .probe && rm .probe', 'sh', folder], account)).ok;
}
