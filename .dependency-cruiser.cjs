/** The arrows of the house: apps → features → access → platform, one way, and no circles. */
module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Entities that relate to each other may: TypeORM takes the classes by function.',
      severity: 'error',
      from: { pathNot: '\\.entity\\.ts$' },
      to: { circular: true, viaOnly: { pathNot: '\\.entity\\.ts$' } },
    },
    {
      name: 'platform-stands-on-nothing-of-ours',
      severity: 'error',
      from: { path: '^libs/platform' },
      to: { path: '^(libs/(access|features)|apps)' },
    },
    {
      name: 'access-knows-no-feature',
      severity: 'error',
      from: { path: '^libs/access' },
      to: { path: '^(libs/features|apps)' },
    },
    {
      name: 'features-know-no-app',
      severity: 'error',
      from: { path: '^libs/features' },
      to: { path: '^apps' },
    },
    {
      name: 'only-by-the-front-door',
      comment: 'A library is reached through its index.ts alone.',
      severity: 'error',
      from: { path: '^(libs/(?:features|platform)/[^/]+|libs/access|apps|test)' },
      to: {
        path: '^libs/((features|platform)/[^/]+|access)/src/.+',
        pathNot: ['^libs/((features|platform)/[^/]+|access)/src/index\\.ts$', '^$1/'],
      },
    },
    {
      name: 'tests-are-not-shipped',
      severity: 'error',
      from: { path: '^(apps|libs)', pathNot: '\\.spec\\.ts$|^libs/access/test/' },
      to: { path: '^test|\\.spec\\.ts$|^libs/access/test/' },
    },
    {
      name: 'no-undeclared-package',
      severity: 'error',
      from: { path: '^(apps|libs)', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
