import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Specs that start no application come first: what one of them notices is noticed at once. */
class CheapestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const costs = new Map(files.map((file) => [file, costOf(readFileSync(file.moduleId, 'utf8'))]));
    return [...files].sort((one, other) => (costs.get(one) ?? 0) - (costs.get(other) ?? 0));
  }
}

/** By what a spec imports, each with a large part of the platform behind it. */
function costOf(spec: string): number {
  const parts = ['/test/application.js', '/test/world.js', '@nestjs/testing', '@gatehouse/platform', './refusals.js'];
  return Math.max(0, ...parts.map((part, index) => (spec.includes(part) ? parts.length - index : 0)));
}

/**
 * The unit specs of libs/access alone, for Stryker. Without the one that measures time: on a busy machine it could fail
 * beside any mutant, which would then count as noticed.
 */
// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: ['libs/access/src/**/*.spec.ts'],
    exclude: ['libs/access/src/decision/decision-time.spec.ts'],
    setupFiles: ['reflect-metadata', 'test/mutation/noticed.ts'],
    // One worker, in which what the specs import is loaded once for each mutant and not once for each file.
    isolate: false,
    maxWorkers: 1,
    sequence: { sequencer: CheapestFirst },
  },
});
