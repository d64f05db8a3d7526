import 'reflect-metadata';
import { assertDeclaredAccess } from '@gatehouse/access';
import { JobRunner } from '@gatehouse/platform/jobs';
import { createBackgroundApplication } from '@gatehouse/platform/observability';
import { runProcess, stopOnSignal } from '@gatehouse/platform/runtime';
import { WorkerModule } from './worker.module.js';

await runProcess(async (runtime, own) => {
  const app = own(await createBackgroundApplication(WorkerModule.forRoot(runtime)));
  assertDeclaredAccess(app);
  stopOnSignal(app, runtime);
  app.get(JobRunner).start();
  process.stdout.write(`Gatehouse works jobs off · ${runtime.summary}\n`);
});
