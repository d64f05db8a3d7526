import { Injectable, Logger } from '@nestjs/common';

const deadlineMs = 200;
const restMs = 1_000;

/**
 * Keeps a Redis that is dead or frozen from slowing requests: every call has a deadline, and after one that failed
 * nobody in this process asks Redis for a second. Shared by the cache and the limits, so that a request waits once.
 */
@Injectable()
export class Breaker {
  private readonly logger = new Logger('Redis');
  private openUntil = 0;
  private broken = false;

  /** Runs `call`; answers `undefined` when Redis rests, fails or takes longer than 200 ms. */
  run<T>(call: () => Promise<T>): Promise<T | undefined> {
    if (performance.now() < this.openUntil) return Promise.resolve(undefined);
    return withinDeadline(call).then(
      (answer) => {
        this.mended();
        return answer;
      },
      (error: unknown) => {
        this.trip(error);
        return undefined;
      },
    );
  }

  private trip(error: unknown): void {
    this.openUntil = performance.now() + restMs;
    if (this.broken) return;
    this.broken = true;
    this.logger.warn(
      `away (${error instanceof Error ? error.message : String(error)}): this process goes on with its own memory`,
    );
  }

  private mended(): void {
    if (!this.broken) return;
    this.broken = false;
    this.logger.log('back');
  }
}

async function withinDeadline<T>(call: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    // Not yet when the timer goes off: a process that was busy meanwhile has answers waiting that it hasn't read.
    const late = () => reject(new Error(`no answer within ${deadlineMs} ms`));
    timer = setTimeout(() => setImmediate(late), deadlineMs);
  });
  try {
    return await Promise.race([call(), deadline]);
  } finally {
    clearTimeout(timer);
  }
}
