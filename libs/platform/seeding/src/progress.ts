/** Where progress is shown: standard output, or what a test puts in its place. */
export interface Display {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const width = 30;
const redrawEveryMs = 100;
const lineEveryMs = 5_000;

/** A bar that is drawn over on a terminal; elsewhere a line every few seconds, which a log can keep. */
export class Progress {
  private shownAt = performance.now();

  constructor(private readonly display: Display) {}

  /** `made` of `count` are there. */
  show(things: string, made: number, count: number): void {
    const now = performance.now();
    const done = made >= count;
    const terminal = this.display.isTTY === true;
    if (!done && now - this.shownAt < (terminal ? redrawEveryMs : lineEveryMs)) return;
    this.shownAt = now;
    const counted = `${made.toLocaleString('en')} of ${count.toLocaleString('en')}`;
    if (!terminal) {
      this.display.write(`${things}: ${counted}\n`);
      return;
    }
    const share = count === 0 ? 1 : made / count;
    const filled = Math.round(share * width);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`;
    const percent = `${Math.floor(share * 100)}`.padStart(3);
    this.display.write(`\r\x1b[K${things.padEnd(9)}${bar} ${percent} %  ${counted}${done ? '\n' : ''}`);
  }
}
