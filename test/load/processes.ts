import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { BenchError } from './bench-error.js';

type Command = readonly string[];
type Environment = Readonly<Record<string, string>>;

/** Bound to cores (a list as taskset takes it: `0,2-3`) where that is wanted and can be had. */
export function pinned(cores: string | undefined, command: Command): Command {
  return cores === undefined ? command : ['taskset', '-c', cores, ...command];
}

/** What is given and nothing else, so that no variable of the caller's changes what is measured. */
function environmentOf(given: Environment): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], ...given };
}

/** What the command prints; its failure is a {@link BenchError} with what it said. */
export async function output(
  [program = '', ...parameters]: Command,
  environment: Environment = {},
  folder?: string,
): Promise<string> {
  const child = spawn(program, parameters, {
    cwd: folder,
    env: environmentOf(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [said, complained] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complained += chunk.toString()));
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (error) => reject(new BenchError(`${program}: ${error.message}`)));
  });
  const [code]: unknown[] = await Promise.race([once(child, 'close'), failed]);
  if (code !== 0) throw new BenchError(`${program} ${parameters[0] ?? ''} failed:\n${said}${complained}`);
  return said;
}

export interface ServerOptions {
  /** As the table names it. */
  readonly name: string;
  readonly command: Command;
  readonly environment: Environment;
  readonly port: number;
  readonly folder: string;
  readonly logFile: string;
}

/** A server of the bench's own, whose log goes to a file. */
export class Server {
  readonly url: string;

  private constructor(
    readonly name: string,
    readonly logFile: string,
    readonly pid: number,
    port: number,
    private readonly child: ChildProcess,
  ) {
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start({ name, command, environment, port, folder, logFile }: ServerOptions): Promise<Server> {
    const log = await open(logFile, 'w', 0o600);
    const [program = '', ...parameters] = command;
    const child = spawn(program, parameters, {
      cwd: folder,
      env: environmentOf(environment),
      stdio: ['ignore', log.fd, log.fd],
    });
    await Promise.race([once(child, 'spawn'), once(child, 'error')]);
    await log.close();
    if (child.pid === undefined) throw new BenchError(`${name} could not be started: ${program} is missing`);
    return new Server(name, logFile, child.pid, port, child);
  }

  /** Waits for the first answer, whatever it says. */
  async ready(deadlineMs = 20_000): Promise<void> {
    const until = Date.now() + deadlineMs;
    while (Date.now() < until) {
      if (this.child.exitCode !== null) break;
      const answered = await fetch(this.url).catch(() => undefined);
      if (answered !== undefined) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new BenchError(`${this.name} did not start:\n${(await readFile(this.logFile, 'utf8')).slice(-2_000)}`);
  }

  /** CPU time it has used so far, all threads together, in microseconds; the kernel counts in hundredths of a second. */
  async cpuMicroseconds(): Promise<number> {
    const stat = await readFile(`/proc/${this.pid}/stat`, 'utf8');
    // The name in parentheses may hold blanks; user and system time are fields 14 and 15 of the whole line.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    const hard = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    this.child.kill('SIGTERM');
    await gone;
    clearTimeout(hard);
  }
}
