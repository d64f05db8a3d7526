import type { LedgerEntry } from './encoding.js';

/** Bytes of an entry in a seal's list: its id and its hash. */
export const listItemBytes = 48;

/** What a seal names, by which an edited, deleted or inserted entry is told from the others. */
export function listOf(entries: readonly LedgerEntry[], leaves: readonly Buffer[]): Buffer {
  return Buffer.concat(entries.flatMap(({ id }, index) => [idBytes(id), leaves[index] ?? Buffer.alloc(32)]));
}

/** The hashes of a list. */
export function leavesOf(list: Buffer): Buffer[] {
  return Array.from({ length: list.length / listItemBytes }, (_, index) =>
    list.subarray(index * listItemBytes + 16, (index + 1) * listItemBytes),
  );
}

export function idBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

export function idText(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
