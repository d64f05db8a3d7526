import type { LimitStanding } from '@gatehouse/access';
import { ApiProperty } from '@nestjs/swagger';

export class LimitDto {
  /** As the header fields `RateLimit` and `RateLimit-Policy` name it. @example "default" */
  name!: string;
  /** What is counted by: `caller` (you), `address` (yours), `account` (yours at sign-in, from this address). */
  @ApiProperty({ enum: ['caller', 'address', 'account'] })
  per!: string;
  /** Calls in a window. */
  quota!: number;
  windowSeconds!: number;
  /** Calls that are left in this window. */
  remaining!: number;
  /** Until the window ends; 0 where none is open, as the next call opens it. */
  resetSeconds!: number;

  static of({ name, per, limit, windowMs, remaining, resetMs }: LimitStanding): LimitDto {
    return {
      name,
      per,
      quota: limit,
      windowSeconds: windowMs / 1_000,
      remaining,
      resetSeconds: Math.ceil(resetMs / 1_000),
    };
  }
}
