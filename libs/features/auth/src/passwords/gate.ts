import { Problem } from '@gatehouse/platform/http';

/** Lets so many pieces of work run at once; the rest wait their turn in order, and are refused where the queue is full. */
export class Gate {
  private readonly waiting: (() => void)[] = [];
  private running = 0;

  constructor(
    private readonly width: number,
    private readonly longestQueue: number,
  ) {}

  /** @throws Problem SERVICE_UNAVAILABLE when too many wait already: they would be answered after they have given up. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting.length >= this.longestQueue) {
      throw new Problem('SERVICE_UNAVAILABLE', { headers: { 'retry-after': '2' } });
    }
    if (this.running >= this.width) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running += 1;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      // The place is handed on rather than given back, so that nobody slips in between.
      if (next === undefined) this.running -= 1;
      else next();
    }
  }
}
