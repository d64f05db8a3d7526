import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, realpath, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * The text kept in `file`, made by `make` when there is none yet; two processes that start at once agree on one.
 * The file is readable by its owner alone.
 */
export async function readOrMakeSecret(file: string, make: () => string | Promise<string>): Promise<string> {
  const existing = await readFile(file, 'utf8').catch(() => undefined);
  if (existing !== undefined) return existing;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, await make(), { mode: 0o600 });
  // A link appears whole or not at all, and never over one that is there already.
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await unlink(draft);
  return readFile(file, 'utf8');
}

/** Somebody else replaces the same secret now, or was cut off while doing so. */
export class SecretBeingReplacedError extends Error {
  override readonly name = 'SecretBeingReplacedError';
}

/**
 * Puts `change` of the text in `file` in its place: whole or not at all, readable by its owner alone, who stays the
 * same. Of two that do so at once one is refused, so that neither undoes the other.
 * @throws SecretBeingReplacedError, and the system's own error where the file or its folder isn't accessible.
 */
export async function replaceSecret(file: string, change: (text: string) => Promise<string>): Promise<void> {
  const target = await realpath(file);
  const draft = `${target}.new`;
  const handle = await open(draft, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    throw new SecretBeingReplacedError(`${draft} exists: wait for whoever writes it, or delete it if nobody does`);
  });
  try {
    const { uid, gid } = await stat(target);
    await handle.chown(uid, gid);
    await handle.writeFile(await change(await readFile(target, 'utf8')));
    await handle.sync();
    await rename(draft, target);
  } catch (error) {
    await unlink(draft);
    throw error;
  } finally {
    await handle.close();
  }
}
