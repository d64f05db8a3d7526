import { Transactions } from '@gatehouse/platform/database';
import { type EnqueueOptions, type JobName, Jobs } from '@gatehouse/platform/jobs';
import { Injectable, Logger } from '@nestjs/common';

type Handler<T> = (event: T) => void | Promise<void>;

/**
 * Tells other parts of the service what has happened. An event is an instance of its class. What merely wants to know is
 * told in this process once it is committed ({@link on}), and misses what happens while the process dies; what must not
 * be lost is a job ({@link starts}).
 */
@Injectable()
export class DomainEvents {
  private readonly logger = new Logger(DomainEvents.name);
  private readonly handlers = new Map<unknown, ((event: unknown) => void | Promise<void>)[]>();
  private readonly started = new Map<unknown, ((event: object) => Promise<unknown>)[]>();

  constructor(
    private readonly transactions: Transactions,
    private readonly jobs: Jobs,
  ) {}

  on<T extends object>(type: new (...parameters: never[]) => T, handler: Handler<T>): void {
    const known = this.handlers.get(type) ?? [];
    known.push(async (event) => {
      if (event instanceof type) await handler(event);
    });
    this.handlers.set(type, known);
  }

  /** Declares that the event starts a job, which is enqueued in the transaction of what happened. */
  starts<T extends object, N extends JobName>(
    type: new (...parameters: never[]) => T,
    name: N,
    data: (event: T) => GatehouseJobs[N],
    options: (event: T) => EnqueueOptions = () => ({}),
  ): void {
    const known = this.started.get(type) ?? [];
    known.push(async (event) => {
      if (event instanceof type) await this.jobs.enqueue(name, data(event), options(event));
    });
    this.started.set(type, known);
  }

  /**
   * Enqueues the jobs that the event starts, and delivers it after the open transaction has committed; neither when it
   * rolls back.
   */
  async publish(event: object): Promise<void> {
    for (const start of this.started.get(event.constructor) ?? []) await start(event);
    await this.transactions.afterCommit(() => {
      for (const handle of this.handlers.get(event.constructor) ?? []) {
        // The answer doesn't wait for what others do about the event, and doesn't fail with them.
        void Promise.resolve(handle(event)).catch((error: unknown) => this.logger.error(error));
      }
    });
  }
}
