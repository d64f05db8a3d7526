import type { Job } from './job.js';

const batch = 1_000;

/**
 * Takes away what is over, a bounded batch after the other, until one is not full or the job is told to stop.
 * @param clean takes at most so many away; answers how many it did.
 * @returns how many there were.
 */
export async function inBatches(job: Pick<Job, 'signal'>, clean: (atMost: number) => Promise<number>): Promise<number> {
  let total = 0;
  for (;;) {
    job.signal.throwIfAborted();
    const cleaned = await clean(batch);
    total += cleaned;
    if (cleaned < batch) return total;
  }
}
