import { Draw } from './draw.js';

/** How much a run of the seed makes, and what else decides on every row of it. */
export interface SeedPlan {
  readonly seed: number;
  readonly users: number;
  readonly products: number;
  readonly orders: number;
  /** The newest moment in the data; all else lies before it. */
  readonly until: Date;
}

export type SeedValue = string | number | Date | null;

/** A table and the rows that a feature puts into it. */
export interface SeedTable {
  readonly table: string;
  readonly columns: readonly string[];
  /** The rows of the things numbered `from` to `to - 1`: one each, or several. */
  rows(from: number, to: number): Iterable<readonly SeedValue[]>;
}

/** Things that a feature makes, and the tables that hold them: a thing's rows are written in one transaction. */
export interface SeedStage {
  readonly things: 'users' | 'products' | 'orders';
  readonly tables: readonly SeedTable[];
}

const span = 730 * 86_400_000;

/** When a shop that is two years old at the plan's end had got so far: 0 at its opening, 1 at the end. */
export function momentOf({ until }: SeedPlan, phase: number): number {
  return Math.floor(until.getTime() - span * (1 - phase));
}

/** How far it had got at the moment; what {@link momentOf} is told. */
export function phaseOf({ until }: SeedPlan, moment: number): number {
  return 1 - (until.getTime() - moment) / span;
}

/** When the `index`th of `count` of a kind came to be, evenly over the shop's two years: the first at its opening. */
export function arrivalOf(plan: SeedPlan, kind: number, index: number, count: number): number {
  const within = index === 0 ? 0 : new Draw(plan.seed, -kind, index).fraction();
  return momentOf(plan, (index + within) / count);
}

/** How many of `count` that arrive evenly are there at the phase; one at the least. */
export function arrivedBy(phase: number, count: number): number {
  return Math.max(1, Math.min(count, Math.floor(phase * count)));
}
