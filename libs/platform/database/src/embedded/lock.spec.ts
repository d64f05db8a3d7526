import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { withLock } from './lock.js';

const folders: string[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-embedded-'));
  folders.push(folder);
  return folder;
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe('the lock', () => {
  it.each([
    ['of a dead process', { pid: 2 ** 22 + 1, birth: '', token: 'dead' }],
    ['of a process whose id went to another', { pid: process.pid, birth: 'earlier', token: 'reborn' }],
  ])('is taken over when %s, by one at a time', async (_, holder) => {
    const lock = join(newFolder(), 'a.lock');
    writeFileSync(lock, JSON.stringify(holder));
    // The guard of a takeover whose process died in it.
    writeFileSync(`${lock}.${holder.token}`, JSON.stringify({ ...holder, token: randomUUID() }));
    let inside = 0;
    const most = await Promise.all(
      Array.from({ length: 8 }, () =>
        withLock(lock, async () => {
          inside += 1;
          await new Promise((done) => setTimeout(done, 5));
          return inside--;
        }),
      ),
    );
    expect(Math.max(...most)).toBe(1);
    expect(readdirSync(join(lock, '..'))).toEqual([]);
  });

  it('is taken over when its writer died before writing it', async () => {
    const lock = join(newFolder(), 'a.lock');
    writeFileSync(lock, '');
    utimesSync(lock, new Date(0), new Date(0));
    expect(await withLock(lock, async () => JSON.parse(readFileSync(lock, 'utf8')).pid)).toBe(process.pid);
  });

  it('is given back when the work fails', async () => {
    const lock = join(newFolder(), 'a.lock');
    await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock(lock, async () => 'again')).toBe('again');
  });
});
