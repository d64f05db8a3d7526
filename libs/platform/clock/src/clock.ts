import { Injectable } from '@nestjs/common';

/**
 * The one source of the time of day. Everything that decides by time asks it, so that a test can set it;
 * measuring how long something took is the business of `performance.now()`.
 */
@Injectable()
export class Clock {
  now(): Date {
    return new Date(this.milliseconds());
  }

  /** Milliseconds since the Unix epoch. */
  milliseconds(): number {
    return Date.now();
  }
}
