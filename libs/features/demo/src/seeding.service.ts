import { ordersSeed } from '@gatehouse/features/orders';
import { ProductsService, productsSeed } from '@gatehouse/features/products';
import { usersSeed } from '@gatehouse/features/users';
import { Clock } from '@gatehouse/platform/clock';
import { databaseFailure, Transactions } from '@gatehouse/platform/database';
import type { SeedPlan, SeedStage } from '@gatehouse/platform/seeding';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { type Seeding, SeedingsRepository } from './seedings.repository.js';

/** Things written in one transaction: as long as it lasts, about a second, other writers of their table wait. */
const batch = 5_000;
const tries = 5;

/** How much to make; a seed and an end are chosen where none is said. */
export interface SeedWish extends Omit<SeedPlan, 'seed' | 'until'> {
  readonly seed: number | undefined;
  readonly until: Date | undefined;
}

/** Told of all that happens while it happens. */
export interface SeedWatcher {
  begins(plan: SeedPlan): void;
  made(things: string, made: number, count: number): void;
}

/** The seed can't be sown; the message is meant for whoever wanted it. */
export class SeedError extends Error {
  override readonly name = 'SeedError';
}

/**
 * Fills the database with users, products and orders by COPY, as the tables' owner and batch by batch: one that is
 * interrupted has whole batches, and goes on where it was when it is asked for the same seed and sizes again. The audit
 * trail has one entry for all, committed before the first row.
 */
@Injectable()
export class SeedingService {
  constructor(
    private readonly products: ProductsService,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /** @returns how many rows were written. */
  sow(ownerUrl: string, wish: SeedWish, watcher: SeedWatcher): Promise<number> {
    return SeedingsRepository.with(ownerUrl, async (repository) => {
      await this.assertUsable(repository);
      const seeding = await this.begin(repository, wish);
      watcher.begins(seeding);
      const stages = [usersSeed(seeding), productsSeed(seeding), ordersSeed(seeding)];
      try {
        let rows = 0;
        for (const stage of stages) rows += await this.fill(repository, seeding, stage, watcher);
        await repository.finish(seeding.seed, stages, this.clock.now());
        return rows;
      } finally {
        await this.products.retireLists();
      }
    }).catch(explained);
  }

  private async assertUsable(repository: SeedingsRepository): Promise<void> {
    if (!(await repository.reaches(this.transactions)))
      throw new SeedError('DATABASE_OWNER_URL and DATABASE_URL lead to two databases');
    if (!(await repository.ownsTables()))
      throw new SeedError("DATABASE_OWNER_URL must be the tables' owner, the role that migrates");
    if (!(await repository.lock())) throw new SeedError('Another seed is being sown in this database');
  }

  private async begin(repository: SeedingsRepository, wish: SeedWish): Promise<Seeding> {
    const { users, products, orders } = wish;
    const seed = wish.seed ?? (await repository.unusedSeed());
    const known = await repository.find(seed);
    if (known !== undefined) return continued(known, wish);
    const now = this.clock.now();
    const plan = { seed, users, products, orders, until: wish.until ?? now };
    await repository.begin(plan, now, { requestId: uuidv7(), process: 'seed' });
    return { ...plan, made: { users: 0, products: 0, orders: 0 }, finished: false };
  }

  private async fill(
    repository: SeedingsRepository,
    seeding: Seeding,
    stage: SeedStage,
    watcher: SeedWatcher,
  ): Promise<number> {
    const { things } = stage;
    const count = seeding[things];
    let rows = 0;
    for (let made = seeding.made[things]; made < count; ) {
      const next = Math.min(made + batch, count);
      rows += await patiently(() => repository.add(seeding.seed, stage, made, next));
      made = next;
      watcher.made(things, made, count);
    }
    return rows;
  }
}

function continued(known: Seeding, { users, products, orders, until }: SeedWish): Seeding {
  const { seed } = known;
  if (known.finished) throw new SeedError(`Seed ${seed} is in this database already: another --seed adds more`);
  const same =
    known.users === users &&
    known.products === products &&
    known.orders === orders &&
    (until === undefined || until.getTime() === known.until.getTime());
  if (same) return known;
  throw new SeedError(
    `Seed ${seed} was begun with --users ${known.users} --products ${known.products} --orders ${known.orders} ` +
      `--until ${known.until.toISOString()}: finish it with those, or take another --seed`,
  );
}

function explained(error: unknown): never {
  if (!(error instanceof Error) || error instanceof SeedError || databaseFailure(error) !== 'unavailable') throw error;
  throw new SeedError(`The database of DATABASE_OWNER_URL lets nobody in, or went away (${error.message})`);
}

/** Tries again where somebody held a lock for too long, or one of two had to give way. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
      if (code !== '55P03' && code !== '40P01') throw error;
      if (attempt === tries) throw new SeedError('Somebody holds a lock on a table that the seed fills: go on later');
    }
  }
}
