import type { Mutant } from '../mutant.js';

const cells = ['test/security/matrix.spec.ts'];
const words = ['test/security/matrix-vocabulary.spec.ts'];
const limits = ['test/security/matrix-limits.spec.ts'];
const resolution = 'dist/libs/access/src/policy/resolve-policy.js';
const orders = 'dist/libs/features/orders/src/orders.controller.js';
const products = 'dist/libs/features/products/src/products.controller.js';
const users = 'dist/libs/features/users/src/users.controller.js';

/** What the decorators on the product's routes say. */
export const declarationMutants: readonly Mutant[] = [
  {
    name: 'S30 a permission is weakened to being signed in',
    file: products,
    find: "Permission('create:product')",
    replace: "(await import('../../../access/src/index.js')).Auth()",
    suites: cells,
  },
  {
    name: 'S30 a guarded route is opened to anyone',
    file: users,
    find: "Permission('read:user')",
    replace: "(await import('../../../access/src/index.js')).Public()",
    suites: cells,
  },
  {
    name: 'S30 another permission of the same feature opens a route',
    file: products,
    find: "Permission('delete:product')",
    replace: "Permission('update:product')",
    suites: cells,
  },
  {
    name: 'S30 a permission more opens a route',
    file: products,
    find: "Permission('update:product')",
    replace: "Permission('update:product', 'read:order')",
    suites: cells,
  },
  {
    name: 'S30 one of two permissions that each were enough is dropped',
    file: 'dist/libs/features/roles/src/grants.controller.js',
    find: "Permission('read:access', 'grant:permission')",
    replace: "Permission('read:access')",
    suites: cells,
  },
  {
    name: 'S30 any one of the permissions becomes every one',
    file: 'dist/libs/features/roles/src/grants.controller.js',
    find: "Permission('read:access', 'grant:permission')",
    replace: "Permission.all('read:access', 'grant:permission')",
    suites: cells,
  },
  {
    name: 'S30 a role more opens a route',
    file: users,
    find: "Role('admin')",
    replace: "Role('admin', 'support')",
    suites: cells,
  },
  {
    name: 'S30 a permission opens what a role alone may',
    file: users,
    find: "Role('admin')",
    replace: "Permission('read:user')",
    suites: cells,
  },
  {
    name: 'S30 who may read any order may no more',
    file: orders,
    find: "Owner(OrderEntity, { unless: 'read:order' })",
    replace: 'Owner(OrderEntity)',
    suites: cells,
  },
  {
    name: 'S30 who may read any order may cancel it as well',
    file: orders,
    find: 'Owner(OrderEntity),',
    replace: "Owner(OrderEntity, { unless: 'read:order' }),",
    suites: cells,
  },
  {
    name: 'S30 an order belongs to whom another field names',
    file: orders,
    find: 'Owner(OrderEntity),',
    replace: "Owner(OrderEntity, { field: 'id' }),",
    suites: cells,
  },
  {
    name: 'S30 a route moves away from where the matrix has it',
    file: 'dist/libs/features/roles/src/roles.controller.js',
    find: "Get('roles')",
    replace: "Get('role')",
    suites: cells,
  },
  {
    name: 'S46 a limit of a route is ten times as high',
    file: orders,
    find: "RateLimit(60, '1m')",
    replace: "RateLimit(600, '1m')",
    suites: limits,
  },
];

/** How a handler's and its class's decorators become one policy. */
export const combinationMutants: readonly Mutant[] = [
  {
    name: 'S30 a class that is open wins over its handler that is not',
    file: resolution,
    find: "(says(onClass, 'public') && !says(onHandler, 'auth'))",
    replace: "says(onClass, 'public')",
    suites: words,
  },
  {
    name: 'S30 a class beats its handler',
    file: resolution,
    find: 'onHandler.find((one) => one.kind === kind) ?? onClass.find((one) => one.kind === kind)',
    replace: 'onClass.find((one) => one.kind === kind) ?? onHandler.find((one) => one.kind === kind)',
    suites: words,
  },
  {
    name: 'S30 what a class asks for is forgotten on its handlers',
    file: resolution,
    find: ' ?? onClass.find((one) => one.kind === kind)',
    replace: '',
    suites: words,
  },
  {
    name: 'S30 the second factor that is asked for is lost on the way',
    file: resolution,
    find: 'mfa: auth?.mfa ?? false',
    replace: 'mfa: false',
    suites: words,
  },
  {
    name: 'S30 the recent sign-in that is asked for is lost on the way',
    file: resolution,
    find: 'maxAgeMs: auth?.maxAgeMs',
    replace: 'maxAgeMs: undefined',
    suites: words,
  },
  {
    name: 'S30 @Owner asks another field where it says none',
    file: 'dist/libs/access/src/vocabulary/decorators.js',
    find: "field = 'userId'",
    replace: "field = 'id'",
    suites: cells,
  },
  {
    name: 'S30 Permission.all is satisfied by any one',
    file: 'dist/libs/access/src/vocabulary/decorators.js',
    find: "mode: 'all'",
    replace: "mode: 'any'",
    suites: words,
  },
];
