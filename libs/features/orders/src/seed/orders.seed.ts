import { movementsTable, orderMovements, type SeededProduct, seededProduct } from '@gatehouse/features/products';
import { seededUserId } from '@gatehouse/features/users';
import {
  arrivedBy,
  Draw,
  momentOf,
  phaseOf,
  type SeedPlan,
  type SeedStage,
  type SeedValue,
  seededId,
} from '@gatehouse/platform/seeding';
import { type OrderStatus, orderStatuses } from '../order-status.js';

const kind = 4;

const minute = 60_000;
const day = 1_440 * minute;

/** Of a hundred orders the last two are of the plan's last minutes: who waits for a payment can't have waited long. */
const recentShare = 0.02;
const recentMs = 10 * minute;

interface Ways {
  readonly settled: number;
  readonly recent: number;
  /** How long after it was placed an order gets there. */
  readonly after: readonly [least: number, most: number];
}

/** How likely an order has each state by now, if it is old and if it has just been placed. */
const ways: Readonly<Record<OrderStatus, Ways>> = {
  pending: { settled: 0, recent: 60, after: [0, 0] },
  paid: { settled: 4, recent: 40, after: [minute, 9 * minute] },
  fulfilled: { settled: 84, recent: 0, after: [day, 4 * day] },
  cancelled: { settled: 8, recent: 0, after: [minute, 30 * minute] },
  refunded: { settled: 4, recent: 0, after: [5 * day, 20 * day] },
};

interface SeededOrder {
  readonly id: string;
  readonly userId: string;
  readonly status: OrderStatus;
  readonly placedAt: number;
  readonly changedAt: number;
  readonly lines: readonly { readonly product: SeededProduct; readonly quantity: number }[];
}

/** Orders with their lines, placed by the plan's users for the plan's products, neither before they were there. */
export function ordersSeed(plan: SeedPlan): SeedStage {
  const each = (rows: (order: SeededOrder, index: number) => SeedValue[][]) =>
    function* (from: number, to: number) {
      for (let index = from; index < to; index += 1) yield* rows(orderOf(plan, index), index);
    };
  return {
    things: 'orders',
    tables: [
      {
        table: 'orders',
        columns: ['id', 'user_id', 'status', 'total_amount', 'currency', 'created_at', 'updated_at'],
        rows: each((order) => [orderRow(order)]),
      },
      {
        table: 'order_lines',
        columns: ['order_id', 'position', 'product_id', 'name', 'unit_amount', 'quantity'],
        rows: each(lineRows),
      },
      movementsTable(each((order, index) => movementRows(plan, order, index))),
    ],
  };
}

function orderOf(plan: SeedPlan, index: number): SeededOrder {
  const draw = new Draw(plan.seed, kind, index);
  const end = plan.until.getTime();
  const settled = Math.floor(plan.orders * (1 - recentShare));
  const recent = index >= settled;
  // The settled ones by the root, so that the shop sells more from month to month.
  const placedAt = recent
    ? end - Math.floor(recentMs * (1 - (index - settled + 1) / (plan.orders - settled)))
    : momentOf(plan, Math.sqrt((index + 1) / plan.orders));
  const phase = phaseOf(plan, placedAt);
  const status = draw.weighted(orderStatuses, (state) => ways[state][recent ? 'recent' : 'settled']);
  const [least, most] = ways[status].after;
  return {
    id: seededId(placedAt, plan.seed, kind, index),
    userId: seededUserId(plan, favourite(draw, arrivedBy(phase, plan.users))),
    status,
    placedAt,
    changedAt: Math.min(end, placedAt + draw.whole(least, most)),
    lines: linesOf(plan, draw, arrivedBy(phase, plan.products)),
  };
}

function linesOf(plan: SeedPlan, draw: Draw, there: number): SeededOrder['lines'] {
  const chosen = new Set<number>();
  const wanted = draw.weighted([1, 2, 3, 4, 5], (count) => 6 - count);
  for (let tries = 0; tries < wanted; tries += 1) chosen.add(favourite(draw, there));
  return [...chosen].map((index) => ({
    product: seededProduct(plan, index),
    quantity: draw.weighted([1, 2, 3, 4, 10], (count) => 12 / count ** 2),
  }));
}

/** One of so many, some of which are chosen far more often than others. */
function favourite(draw: Draw, count: number): number {
  return Math.floor(count * draw.fraction() ** 2);
}

function orderRow({ id, userId, status, placedAt, changedAt, lines }: SeededOrder): SeedValue[] {
  const total = lines.reduce((sum, { product, quantity }) => sum + product.price.amount * quantity, 0);
  const currency = lines[0]?.product.price.currency ?? 'EUR';
  return [id, userId, status, total, currency, new Date(placedAt), new Date(changedAt)];
}

function lineRows({ id, lines }: SeededOrder): SeedValue[][] {
  return lines.map(({ product, quantity }, position) => [
    id,
    position,
    product.id,
    product.name,
    product.price.amount,
    quantity,
  ]);
}

function movementRows(plan: SeedPlan, { id, status, placedAt, changedAt, lines }: SeededOrder, index: number) {
  const cancelledAt = status === 'cancelled' ? changedAt : undefined;
  const moved = lines.map(({ product, quantity }) => ({ productId: product.id, quantity }));
  return orderMovements(plan, index, { id, placedAt, cancelledAt }, moved);
}
