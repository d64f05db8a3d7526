import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { RequestContext } from '@gatehouse/platform/context';
import { Notifications } from '@gatehouse/platform/database';
import { KeyRing } from '@gatehouse/platform/secrets';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { Consumers } from './consumers.js';
import { JobGate, JobRefused } from './job-gate.js';
import { JobQueue, type TakenJob } from './job-queue.js';
import { JobRun } from './job-run.js';
import { JobScheduler } from './job-scheduler.js';
import { payloadContext } from './jobs.js';
import { type Lane, lanes, slots } from './lanes.js';

/** Injection token: whether this process runs jobs as soon as it has started. */
export const RUNS_JOBS = Symbol('RUNS_JOBS');

/** How often it is looked for jobs that nobody announced: those whose time has come, and what a lost connection hid. */
const lookEveryMs = 2_000;
const tickEveryMs = 5_000;
const graceMs = 5_000;
const longestStopMs = 8_000;
const longestMessage = 300;

/** Works jobs off: takes them from the queue, has each admitted and done, and keeps its lease while that lasts. */
@Injectable()
export class JobRunner implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(JobRunner.name);
  private readonly running = new Map<JobRun, Promise<void>>();
  private readonly looking = new Map<Lane, Promise<void>>();
  private readonly again = new Set<Lane>();
  private readonly timers: NodeJS.Timeout[] = [];
  private active = false;
  private stopping: Promise<void> | undefined;

  constructor(
    @Inject(RUNS_JOBS) private readonly here: boolean,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    private readonly queue: JobQueue,
    private readonly consumers: Consumers,
    private readonly gate: JobGate,
    private readonly scheduler: JobScheduler,
    private readonly ring: KeyRing,
    private readonly context: RequestContext,
    private readonly notifications: Notifications,
  ) {}

  onModuleInit(): void {
    this.notifications.listen(
      'gatehouse_jobs',
      () => this.look(),
      () => this.look(),
    );
  }

  onApplicationBootstrap(): void {
    if (this.here) this.start();
  }

  start(): void {
    if (this.active) return;
    this.active = true;
    this.every(lookEveryMs, () => this.look());
    this.every(tickEveryMs, () => void this.scheduler.tick());
    const third = (this.configuration.JOB_LEASE * 1_000) / 3;
    this.every(third, () => void this.renew());
    this.every(third, () => void this.queue.expire().catch(() => undefined));
    this.look();
  }

  /** Takes no further job, waits for those under way, and hands back what isn't done in time. */
  stop(longestMs = longestStopMs): Promise<void> {
    this.stopping ??= this.finish(longestMs);
    return this.stopping;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  private every(ms: number, work: () => void): void {
    this.timers.push(setInterval(work, ms));
  }

  private look(): void {
    if (!this.active || this.stopping !== undefined) return;
    for (const lane of lanes) {
      // Something may have come after the question was asked: then it is asked once more.
      if (this.looking.has(lane)) this.again.add(lane);
      // In a later turn, so that its end can't come before it is noted as begun.
      else
        this.looking.set(
          lane,
          Promise.resolve().then(() => this.takeAll(lane)),
        );
    }
  }

  private async takeAll(lane: Lane): Promise<void> {
    try {
      do {
        this.again.delete(lane);
        const free = slots[lane] - [...this.running.keys()].filter(({ taken }) => taken.lane === lane).length;
        if (free === 0) return;
        const taken = await this.queue.take(lane, free);
        for (const job of taken) this.begin(job);
      } while (this.again.has(lane) && this.stopping === undefined);
    } catch (error) {
      this.logger.warn(`no jobs could be taken: ${String(error)}`);
    } finally {
      this.looking.delete(lane);
    }
  }

  private begin(taken: TakenJob): void {
    const run = new JobRun(taken, (done, total) =>
      this.queue.report(taken, { done, ...(total === undefined ? {} : { total }) }),
    );
    const work = this.perform(run).finally(() => {
      this.running.delete(run);
      this.look();
    });
    this.running.set(run, work);
  }

  private async perform(run: JobRun): Promise<void> {
    const { taken } = run;
    const { name, requestId = taken.id, actorId } = taken.stored;
    const facts = { requestId, process: `job ${name}`, ...(actorId === undefined ? {} : { actorId }) };
    try {
      await this.context.run(facts, () => this.consume(run));
      if (!run.lost) await this.queue.complete(taken);
    } catch (error) {
      await this.unfinished(run, error).catch((failure: unknown) => this.logger.warn(failure));
    }
  }

  private async consume(run: JobRun): Promise<void> {
    const { id, stored } = run.taken;
    const consumer = this.consumers.of(stored.name);
    if (consumer === undefined) throw new Error(`nothing here works off the job "${stored.name}"`);
    const { name, owner, handler, timeoutMs } = consumer;
    await this.gate.admit({ name, owner, handler, actorId: stored.actorId });
    const data: unknown = JSON.parse(this.ring.decrypt(stored.payload, payloadContext(id)).toString());
    await run.within(timeoutMs, graceMs, consumer.consume(data, run));
  }

  private async unfinished(run: JobRun, error: unknown): Promise<void> {
    const { taken } = run;
    if (run.lost) return;
    if (run.stopped) {
      await this.queue.handBack(taken);
      return;
    }
    const { name } = taken.stored;
    const message = messageOf(error);
    this.logger.warn({ job: name, jobId: taken.id, attempt: run.attempt, error: message });
    if (error instanceof JobRefused) await this.queue.kill(taken, message);
    else await this.queue.fail(taken, message);
  }

  private async renew(): Promise<void> {
    const runs = [...this.running.keys()];
    if (runs.length === 0) return;
    const sentAt = performance.now();
    const held = await this.queue.renew(runs.map(({ taken }) => taken)).catch(() => undefined);
    const leaseMs = this.configuration.JOB_LEASE * 1_000;
    for (const run of runs) {
      if (held?.has(run.id)) run.heldAt = sentAt;
      else if (this.running.has(run) && (held !== undefined || performance.now() - run.heldAt > leaseMs)) run.lose();
    }
  }

  private async finish(longestMs: number): Promise<void> {
    const deadline = performance.now() + longestMs;
    await Promise.all(this.looking.values());
    // Half of the time to finish what is nearly done, the other half to be told and to stop.
    await this.settled(longestMs / 2);
    for (const run of this.running.keys()) run.stop();
    await this.settled(Math.max(deadline - performance.now() - 500, 0));
    for (const run of this.running.keys()) {
      run.lose();
      await this.queue.handBack(run.taken).catch(() => undefined);
    }
    for (const timer of this.timers) clearInterval(timer);
    this.active = false;
  }

  private async settled(longestMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, longestMs);
    });
    await Promise.race([Promise.all(this.running.values()), late]);
    clearTimeout(timer);
  }
}

/** What went wrong, in a line that is good for a list; a stack is for nobody who looks at jobs. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n', 1)[0] ?? '').slice(0, longestMessage);
}
