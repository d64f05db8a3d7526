import { parseArgs } from 'node:util';
import { DemoService, SeedError, SeedingService, type SeedWatcher, type SeedWish } from '@gatehouse/features/demo';
import { type Runtime, runCommand, StartError } from '@gatehouse/platform/runtime';
import { greatestSeed, Progress } from '@gatehouse/platform/seeding';
import { application } from '../application.js';

/** Products that are added where no sizes are given. */
const some = 50;
const most = 100_000_000;

/**
 * Makes the demo personas where the database is empty, and adds some products: `seed`; or as much as is asked for, in
 * bulk: `seed --products 1000000 --users 10000 --orders 200000 --seed 7`.
 */
export function seed(parameters: readonly string[]): Promise<void> {
  return runCommand(async (runtime, own) => {
    const { wish, intoProduction } = readParameters(parameters);
    if (runtime.configuration.NODE_ENV === 'production' && !intoProduction)
      throw new StartError('This is production: made-up data goes there with --into-production only');
    const app = await application(runtime, own);
    const demo = app.get(DemoService, { strict: false });
    if (wish !== undefined && total(wish) > 0) assertOwner(runtime);
    if (await demo.prepare()) process.stdout.write(`Personas: ${demo.file}\n`);
    if (wish === undefined) {
      await demo.addProducts(some);
      process.stdout.write(`Products added: ${some}\n`);
    } else if (total(wish) > 0) {
      await sow(app.get(SeedingService, { strict: false }), assertOwner(runtime), wish);
    }
  });
}

function readParameters(parameters: readonly string[]): { wish: SeedWish | undefined; intoProduction: boolean } {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      products: text,
      users: text,
      orders: text,
      seed: text,
      until: text,
      'into-production': { type: 'boolean', default: false },
    },
  });
  const intoProduction = values['into-production'];
  const size = (name: 'products' | 'users' | 'orders') => wholeNumber(name, values[name] ?? '0', most);
  const [products, users, orders] = [size('products'), size('users'), size('orders')];
  const seedNumber = values.seed === undefined ? undefined : wholeNumber('seed', values.seed, greatestSeed);
  const until = values.until === undefined ? undefined : pastMoment(values.until);
  if (orders > 0 && (products === 0 || users === 0))
    throw new StartError('--orders wants --products and --users beside it: the orders are theirs');
  const sized = [values.products, values.users, values.orders].some((value) => value !== undefined);
  if (!sized && (seedNumber ?? until) !== undefined)
    throw new StartError('--seed and --until want --products, --users or --orders beside them');
  return { wish: sized ? { products, users, orders, seed: seedNumber, until } : undefined, intoProduction };
}

function wholeNumber(name: string, text: string, greatest: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= greatest)) throw new StartError(`--${name} takes a whole number from 0 to ${greatest}, not "${text}"`);
  return value;
}

function pastMoment(text: string): Date {
  const moment = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  // Two years before it must be a time of day that an id can carry.
  if (moment >= Date.UTC(2000) && moment <= Date.now()) return new Date(moment);
  throw new StartError(`--until takes a past moment in UTC such as 2026-01-31 or 2026-01-31T12:00:00Z, not "${text}"`);
}

function total({ products, users, orders }: SeedWish): number {
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
