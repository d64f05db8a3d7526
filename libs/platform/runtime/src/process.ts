import { existsSync } from 'node:fs';
import { loadEnvFile } from 'node:process';
import { Draining } from '@gatehouse/platform/http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { openRuntime, type Runtime, StartError } from './runtime.js';

const longestDrainMs = 8_000;

/**
 * Runs `work` on a runtime made from the environment (and `.env`, if there is one). What keeps it from starting is
 * printed as the clear text it is, and the process exits with 1.
 */
export async function runProcess(work: (runtime: Runtime) => Promise<void>): Promise<void> {
  let runtime: Runtime | undefined;
  try {
    if (existsSync('.env')) loadEnvFile('.env');
    runtime = await openRuntime(process.env);
    await work(runtime);
  } catch (error) {
    await runtime?.close().catch(() => undefined);
    process.stderr.write(`${error instanceof StartError || isDeclared(error) ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
    process.exit(1);
  }
}

/** Listens; a port that is taken is a {@link StartError}. */
export async function listen(app: NestFastifyApplication, { configuration: { HOST, PORT } }: Runtime): Promise<string> {
  try {
    await app.listen(PORT, HOST);
  } catch (error) {
    const code = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    if (code === 'EADDRINUSE') throw new StartError(`Port ${PORT} on ${HOST} is taken: stop what listens there, or set PORT`);
    if (code === 'EACCES') throw new StartError(`Port ${PORT} may not be used by this user: set PORT to one above 1023`);
    throw error;
  }
  return app.getUrl();
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

/** Errors whose message is meant for whoever starts the process. */
function isDeclared(error: unknown): error is Error {
  return error instanceof Error && (error.name === 'ConfigurationError' || error.name === 'UndeclaredAccessError');
}
