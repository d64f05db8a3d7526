import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { loadEnvFile } from 'node:process';
import { Draining } from '@gatehouse/platform/http';
import type { INestApplicationContext } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { openRuntime, type Runtime, StartError } from './runtime.js';

const longestDrainMs = 8_000;

/** Hands an application to the process, which closes it before its database when something fails. */
export type Own = <T extends INestApplicationContext>(app: T) => T;

/**
 * Runs `work` on a runtime made from the environment (and `.env`, if there is one). What keeps it from starting is
 * printed as the clear text it is, and the process exits with 1.
 */
export async function runProcess(work: (runtime: Runtime, own: Own) => Promise<void>): Promise<void> {
  let runtime: Runtime | undefined;
  const apps: INestApplicationContext[] = [];
  try {
    if (existsSync('.env')) loadEnvFile('.env');
    runtime = await openRuntime(process.env);
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
export function runCommand(work: (runtime: Runtime, own: Own) => Promise<void>): Promise<void> {
  return runProcess(async (runtime, own) => {
    const apps: INestApplicationContext[] = [];
    await work(runtime, (app) => {
      apps.push(app);
      return own(app);
    });
    for (const app of apps) await app.close();
    await runtime.close();
    process.exit(0);
  });
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
export function stopOnSignal(app: NestFastifyApplication, runtime: Runtime): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await app.get(Draining).drain(longestDrainMs);
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
  return forThePerson.has(error.name) ? error.message : (error.stack ?? error.message);
}
