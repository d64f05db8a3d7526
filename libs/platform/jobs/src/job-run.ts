import type { Job } from './job.js';
import type { TakenJob } from './job-queue.js';

const reportEveryMs = 500;

/** One job that this process is at: its signal, and whether it is still this process's. */
export class JobRun implements Job {
  private readonly aborting = new AbortController();
  private reportedAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  /** When its lease was last renewed, as `performance.now()` counts. */
  heldAt = performance.now();
  /** It was given to somebody else, or may have been: nothing that happens to it here is of any account. */
  lost = false;
  /** The process stops. */
  stopped = false;

  constructor(
    readonly taken: TakenJob,
    private readonly tell: (done: number, total?: number) => Promise<void>,
  ) {}

  get id(): string {
    return this.taken.id;
  }

  get attempt(): number {
    return this.taken.retries + 1;
  }

  get actorId(): string | undefined {
    return this.taken.stored.actorId;
  }

  get signal(): AbortSignal {
    return this.aborting.signal;
  }

  async report(done: number, total?: number): Promise<void> {
    const now = performance.now();
    if (done !== total && now - this.reportedAt < reportEveryMs) return;
    this.reportedAt = now;
    await this.tell(done, total);
  }

  lose(): void {
    this.lost = true;
    this.aborting.abort(new Error('the lease of the job is over'));
  }

  stop(): void {
    this.stopped = true;
    this.aborting.abort(new Error('the process stops'));
  }

  /** Awaits the work; when its time is up it is told so, and given `graceMs` to end by itself. */
  async within<T>(timeoutMs: number, graceMs: number, work: Promise<T>): Promise<T> {
    const late = new Promise<never>((_resolve, reject) => {
      this.timer = setTimeout(() => {
        const error = new Error(`it took more than ${timeoutMs / 1_000} s`);
        this.aborting.abort(error);
        this.timer = setTimeout(() => reject(error), graceMs);
      }, timeoutMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(this.timer);
    }
  }
}
