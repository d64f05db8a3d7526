import { Clock } from '@gatehouse/platform/clock';

/** The service's clock, ahead of the real one by as much as the test says. */
export class ManualClock extends Clock {
  private ahead = 0;

  override milliseconds(): number {
    return Date.now() + this.ahead;
  }

  advance(milliseconds: number): void {
    this.ahead += milliseconds;
  }
}
