import { readFile, stat } from 'node:fs/promises';

const intervalMs = 2_000;

/** A file that is read again when it changes. It is looked at rather than listened to: that works on every mount. */
export class WatchedFile {
  private seen: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(readonly path: string) {}

  async read(): Promise<string> {
    // Looked at first: what changes while it is read is read once more.
    this.seen = await this.state();
    return readFile(this.path, 'utf8');
  }

  /** Calls `changed` within seconds of a change; doesn't keep the process alive. */
  watch(changed: () => Promise<void>): void {
    const look = async () => {
      if ((await this.state()) !== this.seen) await changed();
      if (!this.stopped) this.watch(changed);
    };
    this.timer = setTimeout(() => void look(), intervalMs).unref();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Tells a file that was written or replaced from the one before; one that can't be looked at is a state as well. */
  private async state(): Promise<string> {
    const found = await stat(this.path, { bigint: true }).catch(() => undefined);
    return found === undefined ? 'gone' : `${found.ino} ${found.size} ${found.mtimeNs}`;
  }
}
