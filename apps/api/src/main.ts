import 'reflect-metadata';
import { serveDocs } from '@gatehouse/access';
import { DemoService } from '@gatehouse/features/demo';
import { createHttpApplication } from '@gatehouse/platform/http';
import { listen, runProcess, stopOnSignal } from '@gatehouse/platform/runtime';
import { ApiModule } from './api.module.js';

await runProcess(async (runtime, own) => {
  const { configuration } = runtime;
  const app = own(await createHttpApplication(ApiModule.forRoot(runtime), configuration));
  if (configuration.DOCS) serveDocs(app);
  stopOnSignal(app, runtime);
  await app.init();
  const demo = app.get(DemoService);
  const made = await demo.prepare();
  const url = await listen(app, runtime);
  process.stdout.write(`Gatehouse listens on ${url} · ${runtime.summary}\n`);
  if (configuration.DOCS) process.stdout.write(`Swagger UI: ${url}/docs\n`);
  if (made) process.stdout.write(`Demo personas and their passwords: ${demo.file}\n`);
});
