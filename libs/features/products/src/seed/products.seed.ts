import {
  arrivalOf,
  Draw,
  type SeedPlan,
  type SeedStage,
  type SeedTable,
  type SeedValue,
  seededId,
} from '@gatehouse/platform/seeding';
import type { CreateProductDto } from '../dto/product-requests.dto.js';
import { departments, makers, makings, materials, styles } from './vocabulary.js';

const kind = 2;

const columns = [
  'id',
  'name',
  'description',
  'category',
  'price_amount',
  'currency',
  'created_at',
  'updated_at',
  'deleted_at',
];

/** The `index`th product of the endless catalogue that belongs to the seed. */
export function catalogueProduct(seed: number, index: number): CreateProductDto {
  const draw = new Draw(seed, kind, index);
  const { category, things, uses, prices } = draw.weighted(departments, ({ weight }) => weight);
  const thing = draw.of(things);
  const [material, style, maker, number] = [draw.of(materials), draw.of(styles), draw.of(makers), draw.whole(1, 99)];
  const [least, most] = prices;
  // Cheap things are many: the logarithm of the price is what is even.
  const euros = Math.floor(least * (most / least) ** draw.fraction());
  return {
    name: `${capital(style)} ${material.toLowerCase()} ${thing.toLowerCase()} ${maker} ${number}`,
    description: `${thing} made of ${material.toLowerCase()} ${draw.of(uses)}. ${draw.of(makings)}.`,
    category,
    price: { amount: euros * 100 + draw.of([0, 50, 90, 95, 99]), currency: 'EUR' },
    stock: draw.fraction() < 0.03 ? 0 : Math.floor(400 * draw.fraction() ** 3) + 1,
  };
}

export interface SeededProduct extends CreateProductDto {
  readonly id: string;
  readonly createdAt: Date;
}

/** The plan's `index`th product; its stock is what the plan's orders have left. */
export function seededProduct(plan: SeedPlan, index: number): SeededProduct {
  const arrival = arrivalOf(plan, kind, index, plan.products);
  const id = seededId(arrival, plan.seed, kind, index);
  return { ...catalogueProduct(plan.seed, index), id, createdAt: new Date(arrival) };
}

/** Products, and beside each its stock. */
export function productsSeed(plan: SeedPlan): SeedStage {
  const each = (row: (product: SeededProduct) => SeedValue[]) =>
    function* (from: number, to: number) {
      for (let index = from; index < to; index += 1) yield row(seededProduct(plan, index));
    };
  return {
    things: 'products',
    tables: [
      { table: 'products', columns, rows: each(productRow) },
      { table: 'stock', columns: ['product_id', 'quantity'], rows: each(({ id, stock }) => [id, stock]) },
      {
        ...movements,
        *rows(from, to) {
          for (let index = from; index < to; index += 1) {
            const { id, stock, createdAt } = seededProduct(plan, index);
            if (stock > 0) yield [id, stock, 'counted', null, createdAt];
          }
        },
      },
    ],
  };
}

/** Where the ledger's rows go. */
const movements = {
  table: 'stock_movements',
  columns: ['product_id', 'change', 'reason', 'order_id', 'moved_at'],
} as const;

/** A line of an order, as the ledger of the stock has it. */
export interface SeededSale {
  readonly productId: string;
  readonly quantity: number;
  readonly orderId: string;
  readonly soldAt: Date;
  /** When the pieces came back, where they did. */
  readonly returnedAt?: Date;
}

/** The movements of sales: what was sold for good had been restocked before, so that the stock is as its product says. */
export function salesSeed(salesOf: (from: number, to: number) => Iterable<SeededSale>): SeedTable {
  return {
    ...movements,
    *rows(from, to) {
      for (const { productId, quantity, orderId, soldAt, returnedAt } of salesOf(from, to)) {
        if (returnedAt === undefined) yield [productId, quantity, 'counted', null, soldAt];
        yield [productId, -quantity, 'ordered', orderId, soldAt];
        if (returnedAt !== undefined) yield [productId, quantity, 'returned', orderId, returnedAt];
      }
    },
  };
}

function productRow({ id, name, description, category, price, createdAt }: SeededProduct): SeedValue[] {
  return [id, name, description, category, price.amount, price.currency, createdAt, createdAt, null];
}

function capital(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
