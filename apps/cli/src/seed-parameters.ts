import { parseArgs } from 'node:util';
import type { SeedWish } from '@gatehouse/features/demo';
import { StartError } from '@gatehouse/platform/runtime';
import { greatestSeed } from '@gatehouse/platform/seeding';

const most = 100_000_000;

/** What `npm run seed` is asked for. */
export interface SeedParameters {
  /** `undefined` where no size is given. */
  readonly wish: SeedWish | undefined;
  /** Whether production is meant. */
  readonly intoProduction: boolean;
}

/** @throws StartError naming the parameter that can't be, and what it takes. */
export function seedParameters(parameters: readonly string[], now: Date): SeedParameters {
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
  const until = values.until === undefined ? undefined : pastMoment(values.until, now);
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

const isoMoment = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/;

function pastMoment(text: string, now: Date): Date {
  const moment = new Date(isoMoment.test(text) ? text : Number.NaN);
  // The data begins two years earlier, and an id carries no time before 1970. A 31st of June would be read as July.
  const usable =
    moment.getTime() >= Date.UTC(2000) && moment <= now && moment.toISOString().startsWith(text.slice(0, 10));
  if (usable) return moment;
  throw new StartError(`--until takes a past moment in UTC such as 2026-01-31 or 2026-01-31T12:00:00Z, not "${text}"`);
}
