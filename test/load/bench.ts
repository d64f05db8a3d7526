import { createServer } from 'node:net';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BenchError } from './bench-error.js';
import { Cleanup } from './cleanup.js';
import { type Installation, install } from './installation.js';
import { type Measured, measure, type Plan } from './measure.js';
import { pinned, Server } from './processes.js';
import { profileSummary } from './profile.js';
import { checkLog } from './request-log.js';
import { findRequirements, type Requirements } from './requirements.js';
import { examplePath, rows } from './rows.js';
import { compareAnswers } from './same-answer.js';
import { signInReport, signInThroughput, signInTimes } from './sign-in.js';
import { table } from './table.js';
import { connections, load } from './wrk.js';

const quick: Plan = { rounds: 3, seconds: 4, warmUpSeconds: 2 };
const thorough: Plan = { rounds: 5, seconds: 10, warmUpSeconds: 5 };
/** With two pages and six sorts of each there are more pages than fit in a cache that keeps them for two seconds. */
const categories = 1_000;

const service = fileURLToPath(new URL('../../apps/api/src/main.js', import.meta.url));
const bareFastify = fileURLToPath(new URL('./baselines/fastify.js', import.meta.url));

const cleanup = new Cleanup();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void cleanup.run().then(() => process.exit(130)));
}
try {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean', default: false }, profile: { type: 'string' } },
  });
  if (values.profile === undefined) await bench(values.quick ? quick : thorough);
  else await profile(values.profile);
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(`${describe(error)}\n`);
} finally {
  await cleanup.run();
}

async function bench(plan: Plan): Promise<void> {
  const requirements = await findRequirements();
  say('preparing a database');
  const installation = await install(requirements, categories, cleanup.later);
  const gatehouse = await start('Gatehouse', service, installation, requirements);
  const baseline = await start('bare Fastify', bareFastify, installation, requirements);
  const servers = [gatehouse, baseline] as const;
  const { token } = installation;
  for (const row of rows) await compareAnswers(servers, examplePath(row), row.signedIn ? token : undefined);

  const measured: Measured[] = [];
  for (const row of rows) {
    say(row.name);
    measured.push(await measure(row, servers, { token, categories, core: requirements.clientCore }, plan));
  }
  await gatehouse.stop();
  await baseline.stop();
  const signIns = await signInFigures(installation, requirements, plan);
  const total = (of: 'service' | 'baseline') => measured.reduce((sum, one) => sum + one[of].requests, 0);
  await checkLog(gatehouse, total('service'));
  await checkLog(baseline, total('baseline'));
  process.stdout.write(`\n${table(measured)}\n\n${signIns}\n\n${circumstances(requirements, plan)}\n`);
}

/** On every core but the client's: hashing has threads of its own, which one core alone would make wait for each other. */
async function signInFigures(installation: Installation, requirements: Requirements, plan: Plan): Promise<string> {
  say('sign-in');
  const server = await start('Gatehouse', service, installation, {
    ...requirements,
    serverCores: requirements.otherCores,
  });
  const times = await signInTimes(server);
  const { token } = installation;
  const { clientCore: core } = requirements;
  const guarded = { path: '/api/auth/session', token, categories, seconds: plan.seconds, core };
  const throughput = await signInThroughput(server, guarded);
  await server.stop();
  return signInReport(times, throughput);
}

/** Says where the service's and the baseline's time goes in the row whose name begins so: `--profile session`. */
async function profile(wanted: string): Promise<void> {
  const row = rows.find(({ name }) => name.startsWith(wanted));
  if (row === undefined)
    throw new BenchError(`no row begins with "${wanted}": ${rows.map(({ name }) => name).join('; ')}`);
  const requirements = await findRequirements();
  const installation = await install(requirements, categories, cleanup.later);
  const token = row.signedIn ? installation.token : undefined;
  const seconds = 10;
  for (const [name, file] of [
    ['Gatehouse', service],
    ['bare Fastify', bareFastify],
  ] as const) {
    const folder = join(installation.folder, `profile of ${name}`);
    const server = await start(name, file, installation, requirements, ['--cpu-prof', `--cpu-prof-dir=${folder}`]);
    await load({ url: server.url, path: row.path, token, categories, seconds, core: requirements.clientCore });
    await server.stop();
    process.stdout.write(`\n${name}, ${row.name}\n${await profileSummary(folder, seconds)}\n`);
  }
}

async function start(
  name: string,
  file: string,
  installation: Installation,
  requirements: Requirements,
  options: readonly string[] = [],
): Promise<Server> {
  const port = await freePort();
  const prefix = `${installation.redisPrefix}${name === 'Gatehouse' ? 'service' : 'baseline'}:`;
  const server = await Server.start({
    name,
    command: pinned(requirements.serverCores, [process.execPath, '--enable-source-maps', ...options, file]),
    environment: { ...installation.environment, REDIS_PREFIX: prefix, PORT: String(port) },
    port,
    folder: installation.folder,
    logFile: join(installation.folder, `${port}.log`),
  });
  cleanup.later(() => server.stop());
  await server.ready();
  return server;
}

function circumstances({ serverCores, clientCore, versions }: Requirements, { rounds, seconds }: Plan): string {
  const where =
    serverCores === undefined
      ? 'servers and client on whatever cores there are (for steadier figures: two cores and taskset)'
      : `servers on core ${serverCores}, client on core ${clientCore}`;
  return [
    `Of each pair Gatehouse's stands first; medians of ${rounds} rounds of ${seconds} s in turn, ${connections} connections, ${where}.`,
    `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), Node ${process.version}, ${versions}; log, limits and security headers on.`,
  ].join('\n');
}

/** What whoever runs it can mend is told in a line; of anything else the place it came from is told too. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const mistyped = String(Reflect.get(error, 'code')).startsWith('ERR_PARSE_ARGS');
  return error instanceof BenchError || mistyped ? error.message : (error.stack ?? error.message);
}

function say(what: string): void {
  process.stderr.write(`… ${what}\n`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
