import type { Mutant } from '../mutant.js';

const jobs = 'dist/libs/platform/jobs/src';
const suites = ['test/e2e/jobs.spec.ts'];

/** Jobs: whose they are, and that none is lost, made up or had twice. */
export const jobMutants: readonly Mutant[] = [
  {
    name: 'S32 a job runs for somebody whatever they may',
    file: 'dist/libs/access/src/decision/job-access.js',
    find: 'await this.decision.admit(policy, await this.principal(call.actorId), {});',
    replace: 'await this.principal(call.actorId);',
    suites,
  },
  {
    name: 'a job is enqueued whatever becomes of its cause',
    file: `${jobs}/job-queue.js`,
    find: `            db,
            id: job.id,`,
    replace: '            id: job.id,',
    suites,
  },
  {
    name: 'every process starts a scheduled job of its own',
    file: `${jobs}/slot.js`,
    find: "random: createHash('sha256').update(name).digest().subarray(0, 16)",
    replace: '',
    suites,
  },
  {
    name: 'a job that takes longer than a lease is given to another worker',
    file: `${jobs}/job-runner.js`,
    find: 'void this.renew()',
    replace: 'undefined',
    suites: ['test/faults/jobs.spec.ts'],
  },
  {
    name: 'the jobs of a worker that was killed stay its own',
    file: `${jobs}/job-runner.js`,
    find: 'void this.queue.expire()',
    replace: 'void Promise.resolve()',
    suites: ['test/faults/jobs.spec.ts'],
  },
  {
    name: 'S6 what is used of a refresh token is forgotten before its session could end',
    file: 'dist/libs/features/auth/src/auth.cleaning.js',
    find: 'expires_at < $1 ORDER',
    replace: "expires_at < $1::timestamptz + interval '8 days' ORDER",
    suites: ['test/e2e/cleaning.spec.ts'],
  },
];
