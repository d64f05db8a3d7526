import { serveDocs } from '@gatehouse/access';
import { createHttpApplication } from '@gatehouse/platform/http';
import type { Own, Runtime } from '@gatehouse/platform/runtime';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CliModule } from './cli.module.js';

/** The application with its server made ready as the API process does, but not listening: to see what it would serve. */
export async function servedApplication(runtime: Runtime, own: Own): Promise<NestFastifyApplication> {
  const configuration = { ...runtime.configuration, LOG_LEVEL: 'warn' as const };
  const app = own(await createHttpApplication(CliModule.forRoot({ ...runtime, configuration }), configuration));
  if (configuration.DOCS) serveDocs(app);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}
