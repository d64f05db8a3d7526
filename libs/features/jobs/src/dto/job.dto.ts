import type { JobRecord, JobState } from '@gatehouse/platform/jobs';
import { ApiProperty } from '@nestjs/swagger';

export class JobProgressDto {
  done!: number;
  /** `null` where it isn't known. */
  total!: number | null;
}

/** A job, but for what it was given. */
export class JobDto {
  id!: string;
  /** @example "mail.send" */
  name!: string;
  /** `retrying` has failed and waits for its next run; `dead` has failed for the last time. */
  @ApiProperty({ enum: ['waiting', 'retrying', 'running', 'done', 'dead'] })
  state!: JobState;
  /** Runs so far, the one under way included. */
  runs!: number;
  /** Runs after which it is dead. */
  attempts!: number;
  /** For whom it runs; `null` where for nobody. */
  actorId!: string | null;
  /** As far as it tells. */
  @ApiProperty({ type: () => JobProgressDto, nullable: true })
  progress!: JobProgressDto | null;
  /** Why the last run failed. */
  error!: string | null;
  createdAt!: Date;
  /** Not before this instant. */
  startAfter!: Date;
  endedAt!: Date | null;

  static of(record: JobRecord): JobDto {
    const { id, name, state, runs, attempts, actorId, progress, error, createdAt, startAfter, endedAt } = record;
    const told = progress && { done: progress.done, total: progress.total ?? null };
    return { id, name, state, runs, attempts, actorId, progress: told, error, createdAt, startAfter, endedAt };
  }
}
