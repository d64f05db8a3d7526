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
const countKind = 3;
/** As many of them as two for each of five lines. */
const firstMovementKind = 5;

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

const movementColumns = ['id', 'product_id', 'change', 'reason', 'order_id', 'moved_at'];

/** What the lines of an order did to the stock. */
export interface SeededMovement {
  readonly productId: string;
  readonly quantity: number;
}

/**
 * The ledger's side of the plan's `index`th order: its pieces are taken, and come back when it is cancelled; else they
 * had been counted for it, so that stock and ledger agree after each order.
 */
export function orderMovements(
  plan: SeedPlan,
  index: number,
  order: { readonly id: string; readonly placedAt: number; readonly cancelledAt: number | undefined },
  lines: readonly SeededMovement[],
): SeedValue[][] {
  const { id, placedAt, cancelledAt } = order;
  const moved = (at: number, number: number) => seededId(at, plan.seed, firstMovementKind + number, index);
  return lines.flatMap(({ productId, quantity }, position) => [
    cancelledAt === undefined
      ? [moved(placedAt, 2 * position), productId, quantity, 'counted', null, new Date(placedAt)]
      : [moved(cancelledAt, 2 * position), productId, quantity, 'returned', id, new Date(cancelledAt)],
    [moved(placedAt, 2 * position + 1), productId, -quantity, 'ordered', id, new Date(placedAt)],
  ]);
}

/** The table that {@link orderMovements} go to. */
export function movementsTable(rows: SeedTable['rows']): SeedTable {
  return { table: 'stock_movements', columns: movementColumns, rows };
}

/** Products, and beside each its stock with the movement that counted it. */
export function productsSeed(plan: SeedPlan): SeedStage {
  const each = (row: (product: SeededProduct) => SeedValue[]) =>
    function* (from: number, to: number) {
      for (let index = from; index < to; index += 1) yield row(seededProduct(plan, index));
    };
  const counts = function* (from: number, to: number) {
    for (let index = from; index < to; index += 1) {
      const { id, stock, createdAt } = seededProduct(plan, index);
      const counted = seededId(createdAt.getTime(), plan.seed, countKind, index);
      if (stock > 0) yield [counted, id, stock, 'counted', null, createdAt];
    }
  };
  return {
    things: 'products',
    tables: [
      { table: 'products', columns, rows: each(productRow) },
      { table: 'stock', columns: ['product_id', 'quantity'], rows: each(({ id, stock }) => [id, stock]) },
      movementsTable(counts),
    ],
  };
}

function productRow({ id, name, description, category, price, createdAt }: SeededProduct): SeedValue[] {
  return [id, name, description, category, price.amount, price.currency, createdAt, createdAt, null];
}

function capital(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
