import { readFile, writeFile } from 'node:fs/promises';
import { matrixOf, matrixPage, openApiDocument } from '@gatehouse/access';
import { envExample } from '@gatehouse/platform/config';
import { runPristine, StartError } from '@gatehouse/platform/runtime';
import { servedApplication } from '../served-application.js';

/** What is served only where it is configured; the contract shows it whatever a server at hand is configured for. */
const everyPart = { GOOGLE_CLIENT_ID: 'documented', GOOGLE_CLIENT_SECRET: 'nobody signs in with it' };

/** Writes the files that are made from the code; with `--check` compares them instead and fails where they differ. */
export function generate(parameters: readonly string[]): Promise<void> {
  return runPristine(async (runtime, own) => {
    const app = await servedApplication(runtime, own);
    const matrix = await matrixOf(app);
    const files: Record<string, string> = {
      '.env.example': envExample(),
      'docs/openapi.json': json(openApiDocument(app)),
      'docs/access-matrix.json': json(matrix),
      'docs/access-matrix.md': matrixPage(matrix),
    };
    const stale: string[] = [];
    for (const [file, text] of Object.entries(files)) {
      if (!parameters.includes('--check')) await writeFile(file, text);
      else if ((await readFile(file, 'utf8').catch(() => '')) !== text) stale.push(file);
    }
    if (stale.length > 0) throw new StartError(`out of date: ${stale.join(', ')} (run \`npm run generate\`)`);
  }, everyPart);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
