import type { JobRecord } from '@gatehouse/platform/jobs';
import { ApiProperty } from '@nestjs/swagger';
import type { ProductImportEntity } from '../product-import.entity.js';

export class RowErrorDto {
  /** Of the file, from 1; where the row begins. @example 17 */
  line!: number;
  /** Empty where the row as a whole is wrong. @example "price" */
  field!: string;
  message!: string;
}

export class ImportProgressDto {
  /** Rows, each of which is read twice: looked at, then put in. */
  done!: number;
  /** `null` while it isn't known. */
  total!: number | null;
}

/** A file of products on its way into the catalogue. */
export class ProductImportDto {
  id!: string;
  /** The job that works it off, at GET /jobs/:id. */
  @ApiProperty({ format: 'uuid', nullable: true, type: String })
  jobId!: string | null;
  @ApiProperty({ enum: ['csv', 'ndjson'] })
  format!: string;
  /** `done` has put in every row, `refused` and `failed` none; `failed` may be tried again by who looks after jobs. */
  @ApiProperty({ enum: ['waiting', 'running', 'done', 'refused', 'failed'] })
  state!: string;
  bytes!: number;
  /** Rows of the file, once all were read. */
  rows!: number | null;
  @ApiProperty({ type: () => ImportProgressDto, nullable: true })
  progress!: ImportProgressDto | null;
  errorCount!: number;
  /** The first hundred. */
  @ApiProperty({ type: () => [RowErrorDto] })
  errors!: RowErrorDto[];
  createdAt!: Date;
  endedAt!: Date | null;

  static of(found: ProductImportEntity, job: JobRecord | undefined): ProductImportDto {
    const { id, jobId, format, bytes, rows, errorCount, errors, createdAt, endedAt } = found;
    const progress = job?.progress ? { done: job.progress.done, total: job.progress.total ?? null } : null;
    const state = stateOf(found, job);
    return { id, jobId, format, state, bytes, rows, progress, errorCount, errors, createdAt, endedAt };
  }
}

function stateOf({ state }: ProductImportEntity, job: JobRecord | undefined): string {
  if (state === 'arriving') return 'failed';
  if (state !== 'waiting') return state;
  if (job?.state === 'dead') return 'failed';
  return job?.state === 'running' ? 'running' : 'waiting';
}
