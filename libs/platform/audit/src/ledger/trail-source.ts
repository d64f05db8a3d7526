import type { LedgerEntry } from './encoding.js';
import type { Seal } from './seal.js';
import type { IdRange, ListedSeal } from './seal-store.js';

export type TrailItem =
  | { readonly seal: ListedSeal; readonly entry?: never }
  | { readonly entry: LedgerEntry; readonly seal?: never };

/** A trail, or a part of it, as verifying reads it: from a database or from a file. */
export interface TrailSource {
  readonly trail: string;
  /** Part of the trail; absent for all of it. */
  readonly range?: IdRange | undefined;
  /** Months that there is a place for, in which entries are expected. */
  readonly months: ReadonlySet<string>;
  /** Ids that are announced and wait for their seal. */
  readonly pending: readonly string[];
  /** Every seal, or those that the range needs, in the order of their numbers. To be read before the items. */
  chain(): AsyncIterable<Seal>;
  /** Entries in the order of their ids, each seal with its list before the first entry that it can name. */
  items(): AsyncIterable<TrailItem>;
  /** A seal of the whole trail, also where only a part is looked at; absent where nothing but the part is there. */
  find?(number: number): Promise<Seal | undefined>;
}

/** Every id there can be. */
export const everything: IdRange = {
  from: '00000000-0000-0000-0000-000000000000',
  to: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
};
