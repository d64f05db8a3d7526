import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadEnvFile } from 'node:process';
import type { Configuration } from '@gatehouse/platform/config';
import { removeEmbeddedPostgres } from '@gatehouse/platform/database';
import { Draining } from '@gatehouse/platform/http';
import { JobRunner } from '@gatehouse/platform/jobs';
import type { INestApplicationContext } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { configurationOf, openRuntime, type Runtime, StartError } from './runtime.js';

const longestDrainMs = 8_000;

type Work = (runtime: Runtime, own: Own) => Promise<void>;

/** Hands an application to the process, which closes it before its database when something fails. */
export type Own = <T extends INestApplicationContext>(app: T) => T;

/**
 * Runs `work` on a runtime made from the environment (and `.env`, if there is one). What keeps it from starting is
 * printed as the clear text it is, and the process exits with 1.
 */
export async function runProcess(work: Work, open: () => Promise<Runtime> = asConfigured): Promise<void> {
  let runtime: Runtime | undefined;
  const apps: INestApplicationContext[] = [];
  try {
    runtime = await open();
    await work(runtime, (app) => {
      apps.push(app);
      return app;
    });
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    for (const app of apps) await app.close().catch(() => undefined);
    await runtime?.close().catch(() => undefined);
    process.exit(1);
  }
}

/** Like {@link runProcess}, for a command that ends: closes everything and exits with 0 when `work` is done. */
export function runCommand(work: Work, open?: () => Promise<Runtime>): Promise<void> {
  return runProcess(async (runtime, own) => {
    const apps: INestApplicationContext[] = [];
    await work(runtime, (app) => {
      apps.push(app);
      return own(app);
    });
    for (const app of apps) await app.close();
    await runtime.close();
    process.exit(0);
  }, open);
}

/**
 * Like {@link runCommand}, on defaults and `variables` alone and an empty database of its own that is gone afterwards:
 * what comes of it is the same on every machine.
 */
export function runPristine(work: Work, variables: Record<string, string> = {}): Promise<void> {
  return runCommand(work, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-pristine-'));
    const remove = async () => {
      await removeEmbeddedPostgres({ dataDir });
      await rm(dataDir, { recursive: true, force: true });
    };
    try {
      const runtime = await openRuntime({ ...variables, DATA_DIR: dataDir, DEMO_DATA: 'false' });
      return { ...runtime, close: () => runtime.close().then(remove) };
    } catch (error) {
      await remove();
      throw error;
    }
  });
}

/** Runs `work` with the configuration alone: a command that needs no database and no application. */
export async function runConfigured(work: (configuration: Configuration) => Promise<void>): Promise<void> {
  try {
    if (existsSync('.env')) loadEnvFile('.env');
    await work(configurationOf(process.env));
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    process.exit(1);
  }
}

function asConfigured(): Promise<Runtime> {
  if (existsSync('.env')) loadEnvFile('.env');
  return openRuntime(process.env);
}

/** Listens; a port that is taken is a {@link StartError}. */
export async function listen(app: NestFastifyApplication, { configuration: { HOST, PORT } }: Runtime): Promise<string> {
  try {
    await portIsFree(PORT, HOST);
    await app.listen(PORT, HOST);
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    if (code === 'EADDRINUSE')
      throw new StartError(`Port ${PORT} on ${HOST} is taken: stop what listens there, or set PORT`);
    if (code === 'EACCES')
      throw new StartError(`Port ${PORT} may not be used by this user: set PORT to one above 1023`);
    if (code === 'EADDRNOTAVAIL') throw new StartError(`This machine has no address ${HOST}: correct HOST`);
    throw error;
  }
  return app.getUrl();
}

/** Asked beforehand, because the framework logs a port that is taken as an error of its own. */
async function portIsFree(port: number, host: string): Promise<void> {
  const probe = createServer();
  probe.listen({ port, host, exclusive: true });
  await once(probe, 'listening');
  probe.close();
  await once(probe, 'close');
}

/** On SIGTERM or SIGINT finishes what is under way, closes the application and its database, and exits with 0. */
export function stopOnSignal(app: INestApplicationContext, runtime: Runtime): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await Promise.all([app.get(Draining).drain(longestDrainMs), app.get(JobRunner).stop(longestDrainMs)]);
    await app.close();
    await runtime.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
}

/** Errors whose message is meant for whoever starts the process; of any other the place it came from is told too. */
const forThePerson = new Set(['ConfigurationError', 'UndeclaredAccessError', 'StartError']);

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const misused = String(Reflect.get(error, 'code')).startsWith('ERR_PARSE_ARGS_');
  return misused || forThePerson.has(error.name) ? error.message : (error.stack ?? error.message);
}
