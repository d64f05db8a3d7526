import { Clock } from '@gatehouse/platform/clock';
import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { Transactions } from '@gatehouse/platform/database';
import { Problem, streamedBodyOf } from '@gatehouse/platform/http';
import { JobRecords, Jobs } from '@gatehouse/platform/jobs';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { ProductImportDto } from './dto/product-import.dto.js';
import { ImportsRepository } from './imports.repository.js';
import type { ProductImportEntity } from './product-import.entity.js';

const pieceBytes = 262_144;

/** Takes files of products in, to be worked off by a job, and tells what became of them. */
@Injectable()
export class ImportsService {
  constructor(
    private readonly repository: ImportsRepository,
    private readonly transactions: Transactions,
    private readonly jobs: Jobs,
    private readonly records: JobRecords,
    private readonly clock: Clock,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  /** Keeps the file as it arrives, a piece in memory at a time, and enqueues its job once it is there wholly. */
  async receive(userId: string, request: FastifyRequest): Promise<ProductImportDto> {
    const { type, content } = streamedBodyOf(request, this.configuration.IMPORT_LIMIT);
    const id = uuidv7();
    const format = type === 'text/csv' ? 'csv' : 'ndjson';
    const none = { jobId: null, bytes: 0, rows: null, errorCount: 0, errors: [], endedAt: null };
    await this.repository.begin({ id, userId, format, state: 'arriving', createdAt: this.clock.now(), ...none });
    try {
      const bytes = await this.keep(id, content);
      await this.transactions.run(async () => {
        const jobId = await this.jobs.enqueue('products.import', { importId: id }, { actorId: userId });
        await this.repository.arrived(id, bytes, jobId);
      });
    } catch (error) {
      // Where this fails as well, the housekeeping takes it away.
      await this.repository.forget(id).catch(() => undefined);
      throw error;
    }
    const found = await this.repository.load(id);
    if (found === undefined) throw new Problem('NOT_FOUND');
    return ProductImportDto.of(found, undefined);
  }

  async tell(found: ProductImportEntity): Promise<ProductImportDto> {
    const job = found.jobId === null ? undefined : await this.records.get(found.jobId);
    return ProductImportDto.of(found, job);
  }

  private async keep(id: string, content: AsyncIterable<Buffer>): Promise<number> {
    let number = 0;
    let bytes = 0;
    for await (const piece of inPieces(content)) {
      await this.repository.keep(id, number, piece);
      number += 1;
      bytes += piece.length;
    }
    return bytes;
  }
}

async function* inPieces(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of content) {
    assertText(() => decoder.decode(chunk, { stream: true }));
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes < pieceBytes) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  assertText(() => decoder.decode());
  if (bytes > 0) yield Buffer.concat(waiting);
}

function assertText(decode: () => string): void {
  try {
    decode();
  } catch {
    throw new Problem('BAD_REQUEST', { detail: 'The body is not UTF-8', headers: { connection: 'close' } });
  }
}
