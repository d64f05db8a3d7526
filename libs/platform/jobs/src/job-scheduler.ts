import { Clock } from '@gatehouse/platform/clock';
import { Injectable, Logger } from '@nestjs/common';
import { Consumers } from './consumers.js';
import { Jobs } from './jobs.js';
import { dueAt, idOf } from './slot.js';

/** What is done is known for two days: later than this nobody could tell any more whether it was. */
const longestLateMs = 86_400_000;

/** Starts the jobs that are due by the clock: of each time one, however many processes see it come. */
@Injectable()
export class JobScheduler {
  private readonly logger = new Logger(JobScheduler.name);
  private readonly last = new Map<string, number>();

  constructor(
    private readonly consumers: Consumers,
    private readonly jobs: Jobs,
    private readonly clock: Clock,
  ) {}

  /** Enqueues what has become due since it was last asked; what was missed within a day is done once. */
  async tick(): Promise<void> {
    const now = this.clock.milliseconds();
    for (const { name, every } of this.consumers.all()) {
      if (every === undefined) continue;
      try {
        const due = dueAt(every, now);
        if (this.last.get(name) === due || now - due > longestLateMs) continue;
        await this.jobs.enqueueOnce(idOf(name, due), name);
        this.last.set(name, due);
      } catch (error) {
        this.logger.error(error, `${name} was not started`);
      }
    }
  }
}
