import { afterEach } from 'vitest';

// Vitest loads every spec of a run before it skips it. A mutant that one spec has noticed needs no other to be loaded,
// which for those that start an application takes longer than all of their tests.
let failed = Reflect.get(globalThis, 'mutantNoticed') === true;
if (failed) throw new Error('not loaded: the mutant is noticed already');

afterEach(({ task }) => {
  failed ||= task.result?.state === 'fail';
  Reflect.set(globalThis, 'mutantNoticed', failed);
});
