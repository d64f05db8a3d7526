import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];

/** The machine's own Chromium: CHROMIUM_PATH, or the first one on the PATH. Nothing is downloaded for it. */
export function chromiumPath(): string {
  const { CHROMIUM_PATH, PATH = '' } = process.env;
  const places = PATH.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  const found = [...(CHROMIUM_PATH === undefined ? [] : [CHROMIUM_PATH]), ...places].find(isExecutable);
  if (found === undefined) throw new Error('no Chromium on the PATH: install one, or name it in CHROMIUM_PATH');
  return found;
}

/** Without its sandbox where root runs it, which refuses to be sandboxed; the page is our own. */
export function startChromium(): Promise<Browser> {
  const asRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath: chromiumPath(), chromiumSandbox: !asRoot });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
