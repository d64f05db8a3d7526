import type { ClientBase } from 'pg';
import { z } from 'zod';
import type { AuditKeys } from './audit-keys.js';
import { entryColumns, type LedgerEntry, leafHash, merklePath, monthOf, rootByPath } from './encoding.js';
import { parseSeal } from './head-file.js';
import { entryOf } from './rows-file.js';
import { type SealText, sealText, signatureFault } from './seal.js';
import { leavesOf } from './seal-list.js';
import { SealStore } from './seal-store.js';

const form = 'gatehouse-audit-proof-1';

/** That one entry was sealed as it is: checked with a public key and nothing else of the trail. */
export interface Proof {
  readonly form: typeof form;
  readonly entry: LedgerEntry;
  readonly seal: SealText;
  /** Place of the entry among those of the seal, from 0. */
  readonly index: number;
  /** Hashes beside the way from the entry to the root, in hex, the nearest first (RFC 6962, section 2.1.1). */
  readonly path: readonly string[];
}

/** @returns what keeps the entry from being proven, as a text, instead. */
export async function prove(client: ClientBase, id: string): Promise<Proof | string> {
  const { rows } = await client.query<LedgerEntry>(`SELECT ${entryColumns} FROM audit_entries WHERE id = $1`, [id]);
  const [entry] = rows;
  if (entry === undefined) return `There is no entry ${id}`;
  const leaf = leafHash(entry);
  for (const seal of await new SealStore(client).around(id, monthOf(id))) {
    const leaves = leavesOf(seal.list ?? Buffer.alloc(0));
    const index = leaves.findIndex((one) => one.equals(leaf));
    if (index < 0) continue;
    const path = merklePath(leaves, index).map((hash) => hash.toString('hex'));
    return { form, entry, seal: sealText(seal), index, path };
  }
  return `No seal names entry ${id} as it is: it is not sealed yet, or it was changed`;
}

const proofForm = z.object({
  form: z.literal(form),
  entry: z.unknown(),
  seal: z.unknown(),
  index: z.number().int(),
  path: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
});

/** Checks a proof by the public keys alone. @returns what is wrong with it; `undefined` when nothing is. */
export function proofFault(text: string, keys: AuditKeys): string | undefined {
  const { entry, seal: sealed, index, path } = proofForm.parse(JSON.parse(text));
  const seal = parseSeal(sealed);
  const fault = signatureFault(seal, keys);
  if (fault !== undefined) return `Seal ${seal.number} ${fault}`;
  const hashes = path.map((hash) => Buffer.from(hash, 'hex'));
  const root = rootByPath(leafHash(entryOf(entry)), index, seal.entries, hashes);
  if (seal.kind === 'seal' && root?.equals(seal.root)) return undefined;
  return `The entry is not what seal ${seal.number} was made over`;
}
