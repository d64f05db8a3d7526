import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const built = (path: string) => fileURLToPath(new URL(`./dist/libs/${path}`, import.meta.url));

/** Suites that drive the built application over real connections, as it is shipped. */
const againstTheBuild = (name: string) => ({
  resolve: {
    alias: [
      { find: /^@gatehouse\/apps\/(.+)$/, replacement: fileURLToPath(new URL('./dist/apps/$1', import.meta.url)) },
      { find: /^@gatehouse\/(access|features)$/, replacement: built('$1/src/index.js') },
      { find: /^@gatehouse\/((?:features|platform)\/.+)$/, replacement: built('$1/src/index.js') },
    ],
  },
  test: {
    name,
    include: [`test/${name}/**/*.spec.ts`],
    globalSetup: ['test/kit/global-setup.ts'],
    setupFiles: ['reflect-metadata'],
    // Loaded by Node itself and not transformed again, so that there is one copy of each module.
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A worker loads the build once and not once a file: every file starts applications and databases of its own.
    isolate: false,
  },
});

/** Specs beside the sources, which need neither the build nor a server. */
const unit = (name: string, own: { include: string[]; isolate?: boolean }) => ({
  resolve: { tsconfigPaths: true },
  test: { name, setupFiles: ['reflect-metadata'], testTimeout: 60_000, ...own },
});

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export
export default defineConfig({
  test: {
    reporters: ['default', './test/kit/count-reporter.ts'],
    maxWorkers: 2,
    projects: [
      unit('unit', { include: ['libs/{features,platform}/**/*.spec.ts'] }),
      // Most of these start an application: what that loads is loaded once for all of them.
      unit('unit-access', { include: ['libs/access/**/*.spec.ts'], isolate: false }),
      againstTheBuild('e2e'),
      againstTheBuild('security'),
      againstTheBuild('races'),
      againstTheBuild('faults'),
      // Wants a Chromium on the machine, and is left out of `npm test`: `npm run test:browser`.
      againstTheBuild('browser'),
    ],
  },
});
