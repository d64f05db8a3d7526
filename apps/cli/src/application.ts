import type { Own, Runtime } from '@gatehouse/platform/runtime';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CliModule } from './cli.module.js';

/** The application of a command; what it logs below a warning is nobody's business there. */
export async function application(runtime: Runtime, own: Own): Promise<INestApplicationContext> {
  const quiet = { ...runtime, configuration: { ...runtime.configuration, LOG_LEVEL: 'warn' as const } };
  return own(
    await NestFactory.createApplicationContext(CliModule.forRoot(quiet), {
      logger: ['error', 'warn'],
      abortOnError: false,
    }),
  );
}
