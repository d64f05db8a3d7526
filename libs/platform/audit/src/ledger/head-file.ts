import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Seal, type SealText, sealOf, sealText } from './seal.js';

const form = /^audit-head\.([0-9a-f-]{36})\.json$/;

const sealForm = z.object({
  trail: z.string(),
  number: z.number().int(),
  kind: z.enum(['seal', 'retirement']),
  month: z.string(),
  sealedAt: z.string(),
  entries: z.number().int(),
  firstId: z.string(),
  lastId: z.string(),
  root: z.string(),
  previous: z.string(),
  kid: z.string(),
  signature: z.string(),
}) satisfies z.ZodType<SealText>;

/** A seal from the text of a file. @throws where it is none. */
export function parseSeal(value: unknown): Seal {
  return sealOf(sealForm.parse(value));
}

/** The last seal of a trail, kept in a folder outside the database: who cuts the tail there can't cut it here. */
export class HeadFile {
  readonly path: string;

  constructor(
    private readonly folder: string,
    trail: string,
  ) {
    this.path = join(folder, `audit-head.${trail}.json`);
  }

  /** @returns `undefined` where none has been kept yet. */
  async read(): Promise<Seal | undefined> {
    return readHead(this.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  }

  async write(seal: Seal): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const draft = `${this.path}.${randomBytes(6).toString('hex')}`;
    await writeFile(draft, `${JSON.stringify(sealText(seal))}\n`, { mode: 0o600 });
    await rename(draft, this.path);
  }
}

export async function readHead(path: string): Promise<Seal> {
  return parseSeal(JSON.parse(await readFile(path, 'utf8')));
}

/** Trails that the folder keeps a last seal of. */
export async function trailsKeptIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((name) => form.exec(name)?.[1] ?? []);
}
