import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { RequestContext } from '@gatehouse/platform/context';
import { KeyRing } from '@gatehouse/platform/secrets';
import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Consumers } from './consumers.js';
import type { JobName } from './job-consumer.js';
import { JobQueue, type NewJob } from './job-queue.js';
import { laneOf } from './lanes.js';

export interface EnqueueOptions {
  /** Not before this instant, by the database's clock. */
  readonly startAfter?: Date | undefined;
  /** At most one job of the name waits under a key: another one is that one. */
  readonly key?: string | undefined;
  /** For whom it runs: what they may is decided when it runs. */
  readonly actorId?: string | undefined;
}

/** What is to be done later, or by another process. */
@Injectable()
export class Jobs {
  constructor(
    private readonly queue: JobQueue,
    private readonly consumers: Consumers,
    private readonly ring: KeyRing,
    private readonly context: RequestContext,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  /**
   * Has the job done once the open transaction has committed, and never when it rolls back; without one, at once.
   * @returns the job's id; that of the one that waits already, where there is one under the key.
   */
  async enqueue<N extends JobName>(name: N, data: GatehouseJobs[N], options: EnqueueOptions = {}): Promise<string> {
    const { key, startAfter } = options;
    const job = { ...this.made(uuidv7(), name, data, options), startAfter };
    const place = key === undefined ? undefined : `${name} ${key}`;
    for (;;) {
      const id = await this.queue.put({ ...job, key: place ?? job.id }, this.leaseMs);
      if (id !== undefined) return id;
      const waiting = place === undefined ? undefined : await this.queue.waiting(job.lane, place);
      // Where there is none it was taken just now, and knows nothing of what is asked for here.
      if (waiting !== undefined) return waiting;
    }
  }

  /** @internal Has a job done whose id says it all: a second one of that id is none, and neither is one too many. */
  async enqueueOnce(id: string, name: string): Promise<void> {
    await this.queue.put({ ...this.made(id, name, {}, {}), key: name }, this.leaseMs);
  }

  private get leaseMs(): number {
    return this.configuration.JOB_LEASE * 1_000;
  }

  private made(id: string, name: string, data: unknown, { actorId }: EnqueueOptions): Omit<NewJob, 'key'> {
    const consumer = this.consumers.of(name);
    if (consumer === undefined) throw new Error(`nothing works off the job "${name}"`);
    const requestId = this.context.facts?.requestId;
    const stored = {
      name,
      payload: this.ring.encrypt(JSON.stringify(data), payloadContext(id)),
      ...(actorId === undefined ? {} : { actorId }),
      ...(requestId === undefined ? {} : { requestId }),
    };
    return { id, lane: laneOf(consumer), attempts: consumer.attempts, stored };
  }
}

/** What a payload is encrypted for. */
export function payloadContext(id: string): string {
  return `payload of job ${id}`;
}
