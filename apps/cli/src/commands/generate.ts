import { readFile, writeFile } from 'node:fs/promises';
import { openApiDocument } from '@gatehouse/access';
import { envExample } from '@gatehouse/platform/config';
import { createHttpApplication } from '@gatehouse/platform/http';
import { type Own, type Runtime, runCommand } from '@gatehouse/platform/runtime';
import { CliModule } from '../cli.module.js';

/** Writes the files that are made from the code; with `--check` compares them instead and fails where they differ. */
export function generate(parameters: readonly string[]): Promise<void> {
  return runCommand(async (runtime, own) => {
    const files: Record<string, string> = {
      '.env.example': envExample(),
      'docs/openapi.json': `${JSON.stringify(await document(runtime, own), null, 2)}\n`,
    };
    const stale: string[] = [];
    for (const [file, text] of Object.entries(files)) {
      if (!parameters.includes('--check')) await writeFile(file, text);
      else if ((await readFile(file, 'utf8').catch(() => '')) !== text) stale.push(file);
    }
    if (stale.length > 0) throw new Error(`out of date: ${stale.join(', ')} (run \`npm run generate\`)`);
  });
}

async function document(runtime: Runtime, own: Own) {
  const configuration = { ...runtime.configuration, LOG_LEVEL: 'warn' as const };
  const app = own(await createHttpApplication(CliModule.forRoot({ ...runtime, configuration }), configuration));
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return openApiDocument(app);
}
