import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A process of the built product, started by the test and stopped by its pid alone. */
export class Running {
  private text = '';
  private readonly ended: Promise<number>;

  constructor(readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => this.hear(chunk));
    child.stderr?.on('data', (chunk: Buffer) => this.hear(chunk));
    this.ended = once(child, 'exit').then(([code, signal]) =>
      typeof code === 'number' ? code : signal === 'SIGKILL' ? 137 : 1,
    );
  }

  /** Everything it has printed. */
  get output(): string {
    return this.text;
  }

  /** The address it listens on, once it says so; fails with what it printed when it ends instead. */
  async listening(withinMs = 30_000): Promise<string> {
    const url = await this.says(/Gatehouse listens on (http:\S+)/, withinMs);
    return url;
  }

  async says(pattern: RegExp, withinMs = 30_000): Promise<string> {
    const deadline = Date.now() + withinMs;
    while (Date.now() < deadline) {
      const [, found] = pattern.exec(this.text) ?? [];
      if (found !== undefined) return found;
      if (this.child.exitCode !== null || this.child.signalCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`never said ${String(pattern)}:\n${this.text}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Its exit code. */
  exit(): Promise<number> {
    return this.ended;
  }

  async stop(): Promise<number> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGTERM');
    return this.ended;
  }

  private hear(chunk: Buffer): void {
    this.text += chunk.toString();
  }
}

/** Starts one of the built programs with nothing of this environment but what a shell has; it leaves jobs to others. */
export function start(
  program: 'api' | 'cli' | 'worker',
  parameters: readonly string[],
  environment: Record<string, string>,
): Running {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [`${root}/dist/apps/${program}/src/main.js`, ...parameters], {
    cwd: root,
    env: { PATH, HOME, PORT: '0', LOG_LEVEL: 'warn', JOBS: 'worker', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Running(child);
}
