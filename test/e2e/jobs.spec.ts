import { setTimeout as pause } from 'node:timers/promises';
import { Auth, Permission, System } from '@gatehouse/access';
import { Transactions } from '@gatehouse/platform/database';
import { DomainEvents } from '@gatehouse/platform/events';
import { type Job, JobConsumer, JobRunner, JobScheduler, Jobs } from '@gatehouse/platform/jobs';
import { Injectable, Module } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';
import { until } from '../kit/until.js';

declare global {
  interface GatehouseJobs {
    'test.note': { text: string };
    'test.flaky': { failures: number };
    'test.slow': { ms: number };
    'test.own': { text: string };
    'test.guarded': { text: string };
    'test.every': Record<string, never>;
  }
}

interface Seen {
  readonly what: string;
  readonly id: string;
  readonly attempt: number;
}

const seen: Seen[] = [];
const note = (what: string, { id, attempt }: Job) => seen.push({ what, id, attempt });

@Injectable()
class TestJobs {
  @JobConsumer('test.note')
  @System()
  note({ text }: { text: string }, job: Job) {
    note(text, job);
  }

  @JobConsumer('test.flaky', { attempts: 2 })
  @System()
  flaky({ failures }: { failures: number }, job: Job) {
    note('flaky', job);
    if (job.attempt <= failures) throw new Error('not yet');
  }

  @JobConsumer('test.slow', { timeout: '1h' })
  @System()
  async slow({ ms }: { ms: number }, job: Job) {
    note('slow', job);
    await job.report(1, 2);
    await pause(ms, undefined, { signal: job.signal });
  }

  @JobConsumer('test.own')
  @Auth()
  own({ text }: { text: string }, job: Job) {
    note(text, job);
  }

  @JobConsumer('test.guarded')
  @Permission('create:product')
  guarded({ text }: { text: string }, job: Job) {
    note(text, job);
  }

  @JobConsumer('test.every', { every: '1h' })
  @System()
  each(_data: Record<string, never>, job: Job) {
    note('every', job);
  }
}

@Module({ providers: [TestJobs] })
class TestJobsModule {}

describe('jobs', () => {
  let api: Api;
  let jobs: Jobs;
  let transactions: Transactions;
  beforeAll(async () => {
    api = await startApi({ modules: [TestJobsModule] });
    jobs = api.app.get(Jobs);
    transactions = api.app.get(Transactions, { strict: false });
  });
  afterAll(() => api.close());
  beforeEach(() => void seen.splice(0));

  const stored = async (id: string) => {
    const [job] = await api.database.query<{ state: string; retries: number; output: { message?: string } | null }>(
      'SELECT state, retry_count AS retries, output FROM pgboss.job WHERE id = $1',
      [id],
    );
    return job;
  };
  const becomes = (id: string, state: string) => until(`job ${state}`, async () => (await stored(id))?.state === state);
  const saw = (what: string) => seen.filter((one) => one.what === what);

  it('run once what they are asked for is committed, soon, and never when it rolls back', async () => {
    let lost = '';
    const failing = transactions.run(async () => {
      lost = await jobs.enqueue('test.note', { text: 'phantom' });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    const id = await transactions.run(async () => {
      const made = await jobs.enqueue('test.note', { text: 'real' });
      await pause(100);
      expect(seen).toEqual([]);
      return made;
    });
    const from = performance.now();
    await becomes(id, 'completed');
    expect(performance.now() - from).toBeLessThan(1_500);
    expect(seen).toEqual([{ what: 'real', id, attempt: 1 }]);
    expect(await stored(lost)).toBeUndefined();
  });

  it('follow from an event in the transaction of what happened', async () => {
    class Happened {
      constructor(readonly text: string) {}
    }
    const events = api.app.get(DomainEvents, { strict: false });
    events.starts(Happened, 'test.note', ({ text }) => ({ text }));
    const failing = transactions.run(async () => {
      await events.publish(new Happened('never'));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await transactions.run(() => events.publish(new Happened('happened')));
    await until('the job', async () => saw('happened').length === 1);
    expect(saw('never')).toEqual([]);
  });

  it('are given to what works them off as they were, and lie in the database encrypted', async () => {
    const text = 'nothing for a thief: ü 😀 \u0000';
    const id = await jobs.enqueue('test.note', { text });
    await until('the job', async () => saw(text).length === 1);
    const [row] = await api.database.query<{ payload: string }>(
      "SELECT data->>'payload' AS payload FROM pgboss.job WHERE id = $1 AND to_jsonb(job)::text NOT LIKE '%thief%'",
      [id],
    );
    expect(row?.payload).toMatch(/^test:[\w-]{16}:[\w-]+:[\w-]{22}$/);
    // What one job was given is of no use to another.
    const other = await jobs.enqueue('test.note', { text: 'other' }, { startAfter: new Date(Date.now() + 1_000) });
    await api.database.query(
      "UPDATE pgboss.job SET data = jsonb_set(data, '{payload}', to_jsonb($2::text)) WHERE id = $1",
      [other, row?.payload],
    );
    await until('it fails', async () => (await stored(other))?.state === 'retry');
    expect(saw(text)).toHaveLength(1);
  });

  it('are refused at once where nothing works them off', async () => {
    const name: string = 'test.nobody';
    await expect(jobs.enqueue(name as 'test.note', { text: '' })).rejects.toThrow('nothing works off');
  });

  it('are tried again after a pause of two to four seconds, and are dead after the last attempt', async () => {
    const [once, always] = await Promise.all([
      jobs.enqueue('test.flaky', { failures: 1 }),
      jobs.enqueue('test.flaky', { failures: 9 }),
    ]);
    await until('tried once', async () => (await stored(always))?.state === 'retry');
    const pauses = await api.database.query<{ seconds: number }>(
      `SELECT extract(epoch FROM start_after - started_on)::float AS seconds FROM pgboss.job WHERE id = ANY($1)`,
      [[once, always]],
    );
    for (const { seconds } of pauses) {
      expect(seconds).toBeGreaterThanOrEqual(2);
      expect(seconds).toBeLessThan(4.5);
    }
    await becomes(once, 'completed');
    await becomes(always, 'failed');
    expect((await stored(always))?.output).toEqual({ message: 'not yet' });
    expect(saw('flaky').filter(({ id }) => id === always)).toHaveLength(2);
  });

  it('wait under a key at most once, and are then done for both who asked', async () => {
    const startAfter = new Date(Date.now() + 60_000);
    const first = await jobs.enqueue('test.note', { text: 'keyed' }, { key: 'one', startAfter });
    const others = await Promise.all(
      Array.from({ length: 10 }, () => jobs.enqueue('test.note', { text: 'again' }, { key: 'one', startAfter })),
    );
    expect(new Set([first, ...others]).size).toBe(1);
    expect(await jobs.enqueue('test.note', { text: 'other' }, { key: 'two' })).not.toBe(first);
    await until('the other', async () => saw('other').length === 1);
    expect(saw('keyed')).toEqual([]);
  });

  it('S32 act for somebody by what they may when they run, and not by what they might once', async () => {
    const manager = await api.person('manager');
    const fine = await jobs.enqueue('test.guarded', { text: 'manager' }, { actorId: manager.id });
    await becomes(fine, 'completed');
    const startAfter = new Date(Date.now() + 1_000);
    const late = await jobs.enqueue('test.guarded', { text: 'too late' }, { actorId: manager.id, startAfter });
    await api.database.query("UPDATE users SET role = 'customer' WHERE id = $1", [manager.id]);
    await becomes(late, 'failed');
    expect((await stored(late))?.output).toEqual({ message: 'who it acts for may not do this, or not any more' });
    expect((await stored(late))?.retries).toBe(0);
    expect(saw('too late')).toEqual([]);
    const nobody = await jobs.enqueue('test.own', { text: 'nobody' });
    await becomes(nobody, 'failed');
    expect(saw('nobody')).toEqual([]);
  });

  it('start by the clock, one of each time however often it is looked', async () => {
    const scheduler = api.app.get(JobScheduler);
    const runs = () => saw('every').length;
    api.clock.advance(3_600_000);
    await Promise.all([scheduler.tick(), scheduler.tick(), scheduler.tick()]);
    await until('the first', async () => runs() === 1);
    await scheduler.tick();
    api.clock.advance(3 * 3_600_000);
    await scheduler.tick();
    await until('the next', async () => runs() === 2);
    await pause(100);
    expect(runs()).toBe(2);
  });

  it('are shown how far they are, and handed back when the process stops', async () => {
    const id = await jobs.enqueue('test.slow', { ms: 60_000 });
    await until('it runs', async () => saw('slow').length === 1);
    const from = performance.now();
    await api.app.get(JobRunner).stop(1_000);
    expect(performance.now() - from).toBeLessThan(1_500);
    const [job] = await api.database.query(
      "SELECT state, retry_count, data->'progress' AS progress FROM pgboss.job WHERE id = $1",
      [id],
    );
    expect(job).toEqual({ state: 'retry', retry_count: 0, progress: { done: 1, total: 2 } });
  });
});
