import { createHash } from 'node:crypto';

/**
 * An entry as it is hashed: every column as the text that PostgreSQL prints, in this order. Nothing is parsed and
 * printed again, so that what two programs make of a number or of the order of keys can't differ.
 */
export const entryFields = [
  'id',
  'occurred_at',
  'action',
  'resource',
  'resource_id',
  'changes',
  'details',
  'actor_id',
  'process',
  'session_id',
  'request_id',
  'address',
  'user_agent',
] as const;

export type LedgerEntry = Readonly<Record<(typeof entryFields)[number], string | null>> & { readonly id: string };

/** What a SELECT asks for to get {@link LedgerEntry}s. */
export const entryColumns = `id::text, to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS occurred_at,
  action, resource, resource_id, changes::text, details::text, actor_id::text, process, session_id::text, request_id,
  address, user_agent`;

const entryForm = 'gatehouse-audit-entry-1';
const leafPrefix = Buffer.from([0]);
const nodePrefix = Buffer.from([1]);

/** RFC 8785 (JCS) of an array of texts and nulls, which is what `JSON.stringify` prints of one. */
export function canonical(form: string, values: readonly (string | null)[]): string {
  return JSON.stringify([form, ...values]);
}

/** SHA-256 of a zero byte and the entry's canonical form: a leaf's hash as in RFC 6962, section 2.1. */
export function leafHash(entry: LedgerEntry): Buffer {
  const text = canonical(
    entryForm,
    entryFields.map((field) => entry[field]),
  );
  return createHash('sha256').update(leafPrefix).update(text).digest();
}

/** Hash of the tree over the leaves' hashes (RFC 6962, section 2.1); that of nothing for none. */
export function merkleRoot(leaves: readonly Buffer[]): Buffer {
  const [first] = leaves;
  if (first === undefined) return createHash('sha256').digest();
  if (leaves.length === 1) return first;
  const split = splitOf(leaves.length);
  return node(merkleRoot(leaves.slice(0, split)), merkleRoot(leaves.slice(split)));
}

/** The hashes beside the way from a leaf to the root, the leaf's neighbour first (RFC 6962, section 2.1.1). */
export function merklePath(leaves: readonly Buffer[], index: number): Buffer[] {
  if (leaves.length <= 1) return [];
  const split = splitOf(leaves.length);
  return index < split
    ? [...merklePath(leaves.slice(0, split), index), merkleRoot(leaves.slice(split))]
    : [...merklePath(leaves.slice(split), index - split), merkleRoot(leaves.slice(0, split))];
}

/** The root that a leaf at `index` of `count` and the hashes beside its way lead to; `undefined` where they can't. */
export function rootByPath(leaf: Buffer, index: number, count: number, path: readonly Buffer[]): Buffer | undefined {
  if (count === 1) return path.length === 0 ? leaf : undefined;
  const beside = path.at(-1);
  if (beside === undefined || index >= count || index < 0) return undefined;
  const split = splitOf(count);
  const rest = path.slice(0, -1);
  if (index < split) {
    const left = rootByPath(leaf, index, split, rest);
    return left && node(left, beside);
  }
  const right = rootByPath(leaf, index - split, count - split, rest);
  return right && node(beside, right);
}

/** The largest power of two below the number of leaves. */
function splitOf(count: number): number {
  return 2 ** Math.floor(Math.log2(count - 1));
}

function node(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(nodePrefix).update(left).update(right).digest();
}

/** Milliseconds since the epoch that a UUIDv7 carries (RFC 9562, section 5.7). */
export function millisecondsOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** `YYYY-MM` of that moment, in UTC. */
export function monthOf(id: string): string {
  return new Date(millisecondsOf(id)).toISOString().slice(0, -17);
}

/** The least id of the moment's millisecond: a range of times is a range of ids. */
export function floorId(moment: Date): string {
  const hex = Math.max(0, moment.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
