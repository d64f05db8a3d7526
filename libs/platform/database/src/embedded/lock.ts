import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { EmbeddedPostgresError, errorCode } from './embedded-error.js';
import { birthOf, isAlive } from './processes.js';

const POLL_MS = 20;
const DEADLINE_MS = 120_000;
/** A lock is written right after it is created; one still empty after this long lost its writer in between. */
const TORN_AFTER_MS = 5_000;

const holderSchema = z.object({ pid: z.number().int().positive(), birth: z.string(), token: z.string().min(1) });

interface Holder {
  readonly pid: number;
  /** tells this very lock from any other one of the same name */
  readonly token: string;
  readonly dead: boolean;
}

function readHolder(path: string): Holder | undefined {
  try {
    const { mtimeMs, ino } = statSync(path);
    const parsed = parseHolder(readFileSync(path, 'utf8'));
    if (parsed === undefined) {
      return { pid: 0, token: `torn-${ino}-${mtimeMs}`, dead: Date.now() - mtimeMs > TORN_AFTER_MS };
    }
    const reborn = isAlive(parsed.pid) ? birthOf(parsed.pid) : undefined;
    return { pid: parsed.pid, token: parsed.token, dead: reborn !== parsed.birth };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parseHolder(text: string): z.infer<typeof holderSchema> | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Creates the lock, or says false when there is one. Synchronous, so that it is never seen half-made for long. */
function tryLock(path: string): boolean {
  try {
    // Readable by all: it holds no secret, and a lock left by root must be readable for its other users.
    const file = openSync(path, 'wx', 0o644);
    try {
      writeSync(file, JSON.stringify({ pid: process.pid, birth: birthOf(process.pid), token: randomUUID() }));
    } catch (error) {
      // A full disk.
      rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes a dead holder's lock. Two processes may see the same dead holder, and the slower must not remove the lock
 * which the faster has taken since: so the removal of one particular lock is itself guarded by a lock named after
 * that lock's token, under which it is looked at again. A guard whose holder died is broken in the same way.
 */
function breakDeadLock(path: string, holder: Holder): void {
  const guard = `${path}.${holder.token}`;
  if (!tryLock(guard)) {
    const guardHolder = readHolder(guard);
    if (guardHolder?.dead) breakDeadLock(guard, guardHolder);
    return;
  }
  try {
    if (readHolder(path)?.token === holder.token) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/** Runs `work` while holding the lock file: one at a time over all processes, and within this one. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!tryLock(path)) {
    const holder = readHolder(path);
    if (holder?.dead) breakDeadLock(path, holder);
    else if (Date.now() > deadline) {
      throw new EmbeddedPostgresError(
        `Process ${holder?.pid ?? '?'} holds ${path} for too long: stop it and try again`,
      );
    } else await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
