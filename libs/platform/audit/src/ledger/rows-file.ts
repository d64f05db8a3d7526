import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { entryFields, type LedgerEntry } from './encoding.js';
import { parseSeal } from './head-file.js';
import { type Seal, sealText } from './seal.js';
import type { IdRange } from './seal-store.js';
import type { TrailItem, TrailSource } from './trail-source.js';

const form = 'gatehouse-audit-rows-1';

/**
 * The trail as lines of JSON, with everything that verifying needs but the keys: one line that says what it is, the
 * seals in the order of their numbers, then the entries, each seal's list before the first entry that it names.
 */
export async function* rowsOf(source: TrailSource): AsyncGenerator<string> {
  const { trail, range, months, pending } = source;
  yield line({ form, trail, ...(range === undefined ? {} : { range }), months: [...months], pending });
  for await (const seal of source.chain()) yield line({ seal: sealText(seal) });
  for await (const { seal, entry } of source.items()) {
    if (seal === undefined) yield line({ entry });
    else yield line({ seal: sealText(seal), list: seal.list?.toString('base64') ?? null });
  }
}

/** Reads what {@link rowsOf} wrote, a line at a time. @throws Error where the file isn't of that form. */
export async function openRows(path: string): Promise<TrailSource> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity })[Symbol.asyncIterator]();
  const first = await lines.next();
  const head = headForm.parse(JSON.parse(first.done === true ? '{}' : first.value));
  const rows = new RowsFile(lines);
  return {
    trail: head.trail,
    range: head.range,
    months: new Set(head.months),
    pending: head.pending,
    chain: () => rows.chain(),
    items: () => rows.items(),
  };
}

const rangeForm: z.ZodType<IdRange> = z.object({ from: z.string(), to: z.string() });
const headForm = z.object({
  form: z.literal(form),
  trail: z.string(),
  range: rangeForm.optional(),
  months: z.array(z.string()),
  pending: z.array(z.string()),
});
const entryForm = z.object(Object.fromEntries(entryFields.map((field) => [field, z.string().nullable()])));
const lineForm = z.object({
  seal: z.unknown().optional(),
  list: z.string().nullable().optional(),
  entry: z.unknown().optional(),
});

class RowsFile {
  /** The line that ended the chain: the first of the items. */
  private ahead: z.infer<typeof lineForm> | undefined;

  constructor(private readonly lines: AsyncIterator<string>) {}

  async *chain(): AsyncGenerator<Seal> {
    for (let next = await this.next(); next !== undefined; next = await this.next()) {
      if (next.seal === undefined || next.list !== undefined) {
        this.ahead = next;
        return;
      }
      yield parseSeal(next.seal);
    }
  }

  async *items(): AsyncGenerator<TrailItem> {
    for (let next = this.ahead ?? (await this.next()); next !== undefined; next = await this.next()) {
      if (next.seal === undefined) yield { entry: entryOf(next.entry) };
      else
        yield { seal: { ...parseSeal(next.seal), list: next.list == null ? null : Buffer.from(next.list, 'base64') } };
    }
  }

  private async next(): Promise<z.infer<typeof lineForm> | undefined> {
    const { value, done } = await this.lines.next();
    return done === true ? undefined : lineForm.parse(JSON.parse(value));
  }
}

/** An entry from the text of a file. @throws where it is none. */
export function entryOf(value: unknown): LedgerEntry {
  const entry = entryForm.parse(value);
  const { id } = entry;
  if (id == null) throw new Error('An entry has no id');
  const text = (field: (typeof entryFields)[number]) => entry[field] ?? null;
  return {
    id,
    occurred_at: text('occurred_at'),
    action: text('action'),
    resource: text('resource'),
    resource_id: text('resource_id'),
    changes: text('changes'),
    details: text('details'),
    actor_id: text('actor_id'),
    process: text('process'),
    session_id: text('session_id'),
    request_id: text('request_id'),
    address: text('address'),
    user_agent: text('user_agent'),
  };
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
