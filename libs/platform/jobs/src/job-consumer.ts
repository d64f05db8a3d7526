import { type Duration, parseDuration } from '@gatehouse/platform/config';
import type { Job } from './job.js';

declare global {
  /**
   * The jobs there are, by name: whoever owns one says its payload by merging into this interface. A payload is a
   * plain object that JSON can say; it lies encrypted in the database.
   */
  interface GatehouseJobs {}
}

/** The name of a job, such as `mail.send`. */
export type JobName = Extract<keyof GatehouseJobs, string>;

export interface JobConsumerOptions {
  /** Starts one by itself, with the payload `{}`: at each multiple of a duration, or by a cron expression in UTC. */
  readonly every?: Duration | (string & {});
  /** How often a job is tried before it is dead; 10 unless said otherwise, with growing pauses of half an hour at most. */
  readonly attempts?: number;
  /** How long one attempt may take; `1m` unless said otherwise. What may take longer waits in a line of its own. */
  readonly timeout?: Duration;
}

/** What a consumer's method declared. */
export interface JobDeclaration {
  readonly name: string;
  readonly every: string | undefined;
  readonly attempts: number;
  readonly timeoutMs: number;
}

type ConsumerDecorator<N extends JobName> = <F extends (data: GatehouseJobs[N], job: Job) => unknown>(
  target: object,
  property: string | symbol,
  descriptor: TypedPropertyDescriptor<F>,
) => void;

const declarations = new WeakMap<object, JobDeclaration>();

/**
 * Declares that the method works off the jobs of this name. What it may do is declared beside it, in the vocabulary of
 * `access`: as the system, or for the user whom the job acts for, who must still hold what is asked when it runs.
 * A job runs at least once: a method has its effect once however often it is called for one job.
 */
export function JobConsumer<N extends JobName>(
  name: N,
  { every, attempts = 10, timeout = '1m' }: JobConsumerOptions = {},
): ConsumerDecorator<N> {
  return (_target, _property, descriptor) => {
    if (descriptor.value === undefined) return;
    declarations.set(descriptor.value, { name, every, attempts, timeoutMs: parseDuration(timeout) });
  };
}

/** What the function works off; `undefined` where it works off nothing. */
export function jobDeclarationOf(handler: object): JobDeclaration | undefined {
  return declarations.get(handler);
}

/** The name of the jobs that the function works off; `undefined` where it works off none. */
export function jobNameOf(handler: object): string | undefined {
  return declarations.get(handler)?.name;
}
