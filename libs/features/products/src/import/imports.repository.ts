import { LoadsResource, type ResourceLoader } from '@gatehouse/access';
import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import { ProductImportEntity, type RowError } from './product-import.entity.js';
import { ProductImportChunkEntity } from './product-import-chunk.entity.js';

export interface Outcome {
  readonly state: 'done' | 'refused';
  readonly rows: number;
  readonly errorCount: number;
  readonly errors: readonly RowError[];
}

@Injectable()
@LoadsResource()
export class ImportsRepository implements ResourceLoader<ProductImportEntity> {
  readonly entity = ProductImportEntity;

  constructor(private readonly transactions: Transactions) {}

  async begin(arriving: ProductImportEntity): Promise<void> {
    await this.transactions.repository(ProductImportEntity).insert(arriving);
  }

  async keep(importId: string, number: number, content: Buffer): Promise<void> {
    await this.transactions.repository(ProductImportChunkEntity).insert({ importId, number, content });
  }

  async arrived(id: string, bytes: number, jobId: string): Promise<void> {
    await this.transactions.repository(ProductImportEntity).update({ id }, { state: 'waiting', bytes, jobId });
  }

  async forget(id: string): Promise<void> {
    await this.transactions.repository(ProductImportEntity).delete({ id });
  }

  async load(id: string): Promise<ProductImportEntity | undefined> {
    return (await this.transactions.repository(ProductImportEntity).findOneBy({ id })) ?? undefined;
  }

  /** The file, a piece at a time, read outside of the transaction that what it says is put in by. */
  async *content(importId: string): AsyncGenerator<Buffer> {
    for (let number = 0; ; number += 1) {
      const chunk = await this.transactions.apart(() =>
        this.transactions.repository(ProductImportChunkEntity).findOneBy({ importId, number }),
      );
      if (chunk === null) return;
      yield chunk.content;
    }
  }

  /** Ends a waiting import and takes its content away. @returns whether it was waiting. */
  async end(id: string, { state, rows, errorCount, errors }: Outcome, now: Date): Promise<boolean> {
    const { affected } = await this.transactions
      .repository(ProductImportEntity)
      .update({ id, state: 'waiting' }, { state, rows, errorCount, errors: [...errors], endedAt: now });
    if (affected !== 1) return false;
    await this.transactions.repository(ProductImportChunkEntity).delete({ importId: id });
    return true;
  }

  /** Takes up to `count` away that began before `unfinished` and never arrived, or before `any`. @returns how many. */
  async clean(unfinished: Date, any: Date, count: number): Promise<number> {
    const [cleaned] = await this.transactions.query<{ count: number }>(
      `WITH old AS (
         SELECT id FROM product_imports WHERE (state = 'arriving' AND created_at < $1) OR created_at < $2
         LIMIT $3 FOR UPDATE SKIP LOCKED),
       cleaned AS (DELETE FROM product_imports USING old WHERE product_imports.id = old.id RETURNING 1)
       SELECT count(*)::int AS count FROM cleaned`,
      [unfinished, any, count],
    );
    return cleaned?.count ?? 0;
  }
}
