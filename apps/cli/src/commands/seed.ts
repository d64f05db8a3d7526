import { DemoService, SeedError, SeedingService, type SeedWatcher, type SeedWish } from '@gatehouse/features/demo';
import { type Runtime, runCommand, StartError } from '@gatehouse/platform/runtime';
import { Progress } from '@gatehouse/platform/seeding';
import { application } from '../application.js';
import { seedParameters } from '../seed-parameters.js';

/** Products that are added where no sizes are given. */
const some = 50;

/**
 * Makes the demo personas where the database is empty, and adds some products: `seed`; or as much as is asked for, in
 * bulk: `seed --products 1000000 --users 10000 --orders 200000 --seed 7`.
 */
export function seed(parameters: readonly string[]): Promise<void> {
  return runCommand(async (runtime, own) => {
    const { wish, intoProduction } = seedParameters(parameters, runtime.clock.now());
    if (runtime.configuration.NODE_ENV === 'production' && !intoProduction)
      throw new StartError('This is production: made-up data goes there with --into-production only');
    const app = await application(runtime, own);
    const demo = app.get(DemoService, { strict: false });
    if (wish !== undefined && thingsOf(wish) > 0) assertOwner(runtime);
    if (await demo.prepare()) process.stdout.write(`Personas: ${demo.file}\n`);
    if (wish === undefined) {
      await demo.addProducts(some);
      process.stdout.write(`Products added: ${some}\n`);
    } else if (thingsOf(wish) > 0) {
      await sow(app.get(SeedingService, { strict: false }), assertOwner(runtime), wish);
    } else {
      process.stdout.write('Nothing added: each size is 0\n');
    }
  });
}

function thingsOf({ products, users, orders }: SeedWish): number {
  return products + users + orders;
}

function assertOwner({ ownerUrl }: Runtime): string {
  if (ownerUrl === undefined)
    throw new StartError("Set DATABASE_OWNER_URL: what is made in bulk is written as the tables' owner");
  return ownerUrl;
}

async function sow(seeding: SeedingService, ownerUrl: string, wish: SeedWish): Promise<void> {
  const begun = performance.now();
  const rows = await seeding.sow(ownerUrl, wish, onStandardOutput()).catch((error: unknown) => {
    throw error instanceof SeedError ? new StartError(error.message) : error;
  });
  const seconds = (performance.now() - begun) / 1_000;
  const rate = Math.round(rows / seconds).toLocaleString('en');
  process.stdout.write(`${rows.toLocaleString('en')} rows in ${seconds.toFixed(1)} s: ${rate} rows/s\n`);
}

function onStandardOutput(): SeedWatcher {
  const progress = new Progress(process.stdout);
  return {
    begins({ seed, users, products, orders, until }) {
      const sizes = `--users ${users} --products ${products} --orders ${orders}`;
      process.stdout.write(
        `Seed ${seed}, until ${until.toISOString()}. Interrupted, it goes on with ${sizes} --seed ${seed}\n`,
      );
    },
    made: (things, made, count) => progress.show(things, made, count),
  };
}
