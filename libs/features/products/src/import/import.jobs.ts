import { Permission, System } from '@gatehouse/access';
import { Clock } from '@gatehouse/platform/clock';
import { inBatches, type Job, JobConsumer } from '@gatehouse/platform/jobs';
import { Injectable } from '@nestjs/common';
import type { CreateProductDto } from '../dto/product-requests.dto.js';
import { ProductsService } from '../products.service.js';
import { ImportsRepository } from './imports.repository.js';
import type { ProductImportEntity, RowError } from './product-import.entity.js';
import { rowsOf } from './rows.js';

declare global {
  interface GatehouseJobs {
    'products.import': { importId: string };
    'products.clean-imports': Record<string, never>;
  }
}

/** Products a statement. */
const batch = 500;
/** Errors that are told; the rest is counted. */
const told = 100;
const hourMs = 3_600_000;
const keptMs = 30 * 24 * hourMs;

/** Works files of products off: all rows come into the catalogue in one transaction, or none does. */
@Injectable()
export class ImportJobs {
  constructor(
    private readonly repository: ImportsRepository,
    private readonly products: ProductsService,
    private readonly clock: Clock,
  ) {}

  @JobConsumer('products.import', { timeout: '1h', attempts: 5 })
  @Permission('create:product')
  async import({ importId }: GatehouseJobs['products.import'], job: Job): Promise<void> {
    const found = await this.repository.load(importId);
    if (found?.state !== 'waiting') return;
    const { rows, errorCount, errors } = await this.lookAt(found, job);
    if (errorCount > 0) {
      await this.repository.end(importId, { state: 'refused', rows, errorCount, errors }, this.clock.now());
      return;
    }
    await this.products.createMany(async (insert) => {
      // Whoever else is at this import waits here, and then finds it done.
      const outcome = { state: 'done', rows, errorCount, errors } as const;
      if (!(await this.repository.end(importId, outcome, this.clock.now()))) return;
      await this.putIn(found, rows, insert, job);
    });
  }

  @JobConsumer('products.clean-imports', { every: '1h', timeout: '10m' })
  @System()
  async clean(_data: GatehouseJobs['products.clean-imports'], job: Job): Promise<void> {
    const before = (ms: number) => new Date(this.clock.milliseconds() - ms);
    await inBatches(job, (atMost) => this.repository.clean(before(hourMs), before(keptMs), atMost));
  }

  /** Reads the whole of it before anything changes. */
  private async lookAt({ id, format }: ProductImportEntity, job: Job) {
    const errors: RowError[] = [];
    let rows = 0;
    let errorCount = 0;
    for await (const row of rowsOf(format, this.repository.content(id))) {
      rows += 1;
      if (row.errors !== undefined) {
        errorCount += row.errors.length;
        errors.push(...row.errors.slice(0, told - errors.length));
      }
      if (rows % batch === 0) await this.checkIn(job, rows);
    }
    return { rows, errorCount, errors };
  }

  private async putIn({ id, format }: ProductImportEntity, rows: number, insert: Insert, job: Job): Promise<void> {
    let waiting: CreateProductDto[] = [];
    let done = 0;
    for await (const { product } of rowsOf(format, this.repository.content(id))) {
      if (product === undefined) throw new Error('a row that was right is wrong');
      waiting.push(product);
      if (waiting.length < batch) continue;
      await insert(waiting);
      done += waiting.length;
      waiting = [];
      await this.checkIn(job, rows + done, 2 * rows);
    }
    await insert(waiting);
    await job.report(2 * rows, 2 * rows);
  }

  private async checkIn(job: Job, done: number, total?: number): Promise<void> {
    job.signal.throwIfAborted();
    await job.report(done, total);
  }
}

type Insert = (products: readonly CreateProductDto[]) => Promise<void>;
