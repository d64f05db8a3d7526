/**
 * Walks README.md's walk: runs its blocks in one shell against a server of its own, made from what is built, with a
 * data folder and a port of its own, and compares what they print with what the text promises. Exits with 1 and names the step that differs.
 * `--running` leaves the blocks exactly as they are and walks against the server that README.md's first command
 * started in this folder.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { walkOf } from './readme-blocks.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const startMs = 60_000;
const walkMs = 120_000;
const stopMs = 15_000;

const steps = walkOf(await readFile(join(root, 'README.md'), 'utf8'));
try {
  if (process.argv.includes('--running')) {
    await answering('http://127.0.0.1:3000');
    await walk(steps, process.env);
  } else {
    await walkAlone();
  }
  process.stdout.write(`\nThe walk went as README.md says: ${steps.length - 1} steps\n`);
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function walkAlone() {
  if (!existsSync(join(root, 'dist/apps/api/src/main.js'))) fail('Nothing is built yet: run `npm run build`');
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-walk-'));
  const api = `http://127.0.0.1:${await freePort()}`;
  const environment = ownEnvironment(dataDir, new URL(api).port);
  const server = spawn('node', ['--enable-source-maps', 'dist/apps/api/src/main.js'], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => (log += text));
  const stopped = once(server, 'exit');
  try {
    await Promise.race([answering(api), stopped.then(() => fail(`The server did not start:\n${log}`))]);
    await walk([replaced(steps[0], { API: api, DATA_DIR: dataDir }), ...steps.slice(1)], environment);
    server.kill('SIGTERM');
    const late = pause(stopMs, [`no exit within ${stopMs} ms`], { ref: false });
    const [code, signal] = await Promise.race([stopped, late]);
    if (code !== 0) fail(`The server should have exited with 0 on SIGTERM, and did with ${code ?? signal}:\n${log}`);
  } finally {
    if (server.exitCode === null && server.kill('SIGKILL')) await stopped;
    const { removeEmbeddedPostgres } = await import(join(root, 'dist/libs/platform/database/src/index.js'));
    await removeEmbeddedPostgres({ dataDir });
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Runs the blocks in one shell that stops at the first command that fails. */
async function walk(blocks, environment) {
  const lines = blocks.map(({ script }, index) => `printf '\\n@@ %s\\n' ${index}\n${script}`);
  const shell = spawn('bash', ['-c', `set -euo pipefail\n${lines.join('\n')}`], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: walkMs,
  });
  let printed = '';
  shell.stdout.on('data', (text) => {
    printed += text;
    process.stdout.write(text);
  });
  const [code, signal] = await once(shell, 'exit');
  const outputs = printed.split(/^@@ \d+$/m).slice(1);
  for (const [index, output] of outputs.entries()) compare(blocks[index], output);
  if (code !== 0) fail(`${blocks[outputs.length - 1].name}: a command failed (${code ?? signal})`);
}

function compare({ name, statuses, texts }, output) {
  const got = [...output.matchAll(/^HTTP (\d{3})$/gm)].map(([, status]) => status);
  if (got.join() !== statuses.join()) {
    fail(`${name}: README.md promises ${statuses.join(', ') || 'no status'}, and it was ${got.join(', ') || 'none'}`);
  }
  for (const text of texts) if (!output.includes(text)) fail(`${name}: "${text}" is not in what it printed`);
}

function replaced(step, variables) {
  let { script } = step;
  for (const [name, value] of Object.entries(variables)) {
    const line = new RegExp(`^${name}=.*$`, 'm');
    if (!line.test(script)) fail(`The walk's first block sets no ${name}`);
    script = script.replace(line, `${name}='${value}'`);
  }
  return { ...step, script };
}

/** Nothing of the caller's configuration: an empty variable counts as unset, and `.env` doesn't overrule it. */
function ownEnvironment(dataDir, port) {
  const unset = ['NODE_ENV', 'HOST', 'DATABASE_URL', 'REDIS_URL', 'SMTP_URL', 'PUBLIC_URL', 'JWT_KEYS'];
  unset.push('JWT_KEYS_FILE', 'ENCRYPTION_KEYS', 'AUDIT_KEYS', 'DEMO_DATA', 'DOCS', 'LOG_LEVEL');
  const empty = Object.fromEntries(unset.map((name) => [name, '']));
  return { ...process.env, ...empty, DATA_DIR: dataDir, PORT: port };
}

async function answering(api) {
  const deadline = Date.now() + startMs;
  while (Date.now() < deadline) {
    const answer = await fetch(`${api}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await pause(200);
  }
  fail(`Nothing answers at ${api}`);
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

function fail(message) {
  throw new Error(message);
}
