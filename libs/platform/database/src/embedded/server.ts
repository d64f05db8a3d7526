import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, fchownSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, spawnOptions } from './account.js';
import { EmbeddedPostgresError, errorCode, messageOf, tellingLine } from './embedded-error.js';
import { isAlive, servesCluster } from './processes.js';

const POLL_MS = 10;
const START_DEADLINE_MS = 90_000;
const STOP_DEADLINE_MS = 30_000;
/** A killed server's children hold its shared memory for a moment, in which a new one refuses to start. */
const OLD_SERVER_DEADLINE_MS = 10_000;
const PORT_ATTEMPTS = 5;

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=100',
  'shared_buffers=32MB',
  'timezone=UTC',
  'log_timezone=UTC',
  'lc_messages=C',
];

const pidFile = (cluster: string): string => join(cluster, 'postmaster.pid');
const logFile = (cluster: string): string => join(cluster, 'server.log');

/** A running server, as its postmaster.pid tells. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

function readPidFile(cluster: string): Postmaster | undefined {
  try {
    const lines = readFileSync(pidFile(cluster), 'utf8').split('\n');
    // The later lines are still missing for a moment when it has just been made.
    return { pid: Number(lines[0]), port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The server that runs on the cluster, whoever has started it; one that starts or stops right now counts. */
export function findServer(cluster: string): Postmaster | undefined {
  const found = readPidFile(cluster);
  return found !== undefined && found.pid > 0 && servesCluster(found.pid, cluster) ? found : undefined;
}

function bind(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}

async function freePort(preferred: number | undefined): Promise<number> {
  const port = (preferred !== undefined && (await bind(preferred))) || (await bind(0));
  if (port === undefined) throw new EmbeddedPostgresError('There is no free port on 127.0.0.1');
  return port;
}

/** A fresh log, the last one kept beside it: it tells why the server before has died. */
function openLog(cluster: string, account: Account | undefined): number {
  if (existsSync(logFile(cluster))) renameSync(logFile(cluster), `${logFile(cluster)}.old`);
  // Never through a link: the folder belongs to the account, and it may be root who writes here.
  const log = openSync(logFile(cluster), 'wx', 0o600);
  if (account !== undefined) fchownSync(log, account.uid, account.gid);
  return log;
}

/**
 * PostgreSQL takes any process having the remembered id for a living server when it may signal it. The caller knows
 * that there is none, so what is left over is removed. (Children of a killed server are still noticed, by the
 * shared memory they hold.)
 */
function removeStalePidFile(cluster: string): void {
  const left = readPidFile(cluster);
  if (left !== undefined && left.pid > 0 && isAlive(left.pid)) rmSync(pidFile(cluster), { force: true });
}

function spawnServer(cluster: string, program: string, account: Account | undefined, port: number): ChildProcess {
  const log = openLog(cluster, account);
  try {
    const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
    return spawn(program, ['-D', cluster, '-p', String(port), ...settings], {
      ...spawnOptions(account),
      // A process group of its own: Ctrl-C in the terminal must not stop it before the application has drained.
      detached: true,
      stdio: ['ignore', log, log],
      windowsHide: true,
    });
  } finally {
    closeSync(log);
  }
}

async function untilReady(child: ChildProcess, cluster: string): Promise<boolean> {
  let failure: unknown;
  child.on('error', (error) => (failure = error));
  const deadline = Date.now() + START_DEADLINE_MS;
  while (child.exitCode === null && child.signalCode === null) {
    if (failure !== undefined) throw new EmbeddedPostgresError(`PostgreSQL can't be run: ${messageOf(failure)}`);
    const postmaster = readPidFile(cluster);
    if (postmaster?.pid === child.pid && postmaster?.ready) return true;
    if (Date.now() > deadline) {
      child.kill('SIGQUIT');
      throw new EmbeddedPostgresError(
        `PostgreSQL isn't ready after ${START_DEADLINE_MS / 1000} s (log: ${logFile(cluster)})`,
      );
    }
    await sleep(POLL_MS);
  }
  return false;
}

/**
 * Starts the server and waits until it takes connections. The caller holds the lock and knows that none runs;
 * undefined when there is one after all, whose starter was killed before it had written its postmaster.pid.
 */
export async function startServer(
  cluster: string,
  program: string,
  account: Account | undefined,
  preferredPort: number | undefined,
): Promise<Postmaster | undefined> {
  removeStalePidFile(cluster);
  const oldServerDeadline = Date.now() + OLD_SERVER_DEADLINE_MS;
  let port = await freePort(preferredPort);
  for (let attempt = 1; ; ) {
    const child = spawnServer(cluster, program, account, port);
    if ((await untilReady(child, cluster)) && child.pid !== undefined) {
      child.unref();
      return { pid: child.pid, port, ready: true };
    }
    const log = readFileSync(logFile(cluster), 'utf8');
    if (log.includes('lock file "postmaster.pid"') && findServer(cluster) !== undefined) return undefined;
    if (log.includes('pre-existing shared memory block') && Date.now() < oldServerDeadline) {
      await sleep(POLL_MS * 5);
    } else if (log.includes('could not bind') && attempt < PORT_ATTEMPTS) {
      // Somebody took it between our trying it and PostgreSQL's binding it.
      attempt += 1;
      port = await freePort(undefined);
    } else {
      throw new EmbeddedPostgresError(`PostgreSQL did not start: ${tellingLine(log)} (log: ${logFile(cluster)})`);
    }
  }
}

/** Stops the server (open transactions are rolled back) and waits until it is gone. */
export async function stopServer(cluster: string, { pid }: { pid: number }): Promise<void> {
  try {
    // SIGINT asks for a fast shutdown. On Windows this ends it at once, and it recovers at the next start.
    process.kill(pid, 'SIGINT');
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return;
    throw error;
  }
  const deadline = Date.now() + STOP_DEADLINE_MS;
  while (servesCluster(pid, cluster)) {
    if (Date.now() > deadline) {
      throw new EmbeddedPostgresError(`PostgreSQL (process ${pid}) does not stop (log: ${logFile(cluster)})`);
    }
    await sleep(POLL_MS);
  }
}
