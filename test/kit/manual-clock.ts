import { Clock } from '@gatehouse/platform/clock';

/** The service's clock: the real one, ahead by as much as the test says, or standing still. */
export class ManualClock extends Clock {
  private ahead = 0;
  private heldAt: number | undefined;

  override milliseconds(): number {
    return (this.heldAt ?? Date.now()) + this.ahead;
  }

  advance(milliseconds: number): void {
    this.ahead += milliseconds;
  }

  /** Stands still from now on and moves by `advance` alone, however slow the machine is. */
  hold(): void {
    this.heldAt = Date.now();
  }
}
