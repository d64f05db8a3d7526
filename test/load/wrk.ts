import { fileURLToPath } from 'node:url';
import { BenchError } from './bench-error.js';
import { output, pinned } from './processes.js';

const script = fileURLToPath(new URL('../../../test/load/wrk.lua', import.meta.url));

export const connections = 64;
const threads = 2;

export interface Load {
  readonly url: string;
  readonly path: string;
  readonly token: string | undefined;
  /** How many categories a `%c` in the path stands for. */
  readonly categories: number;
  readonly seconds: number;
  readonly core: string | undefined;
}

export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p99Ms: number;
}

/** @throws BenchError when a single request failed or was refused. */
export async function load({ url, path, token, categories, seconds, core }: Load): Promise<LoadResult> {
  const bearer = token === undefined ? [] : ['-H', `Authorization: Bearer ${token}`];
  const size = [`-t${threads}`, '--timeout', '10s', `-c${connections}`, `-d${seconds}s`];
  const command = ['wrk', ...size, ...bearer, '-s', script, url, '--', path, String(categories)];
  const text = await output(pinned(core, command));
  const line = text.trim().split('\n').at(-1) ?? '';
  const { requests, microseconds, p99, refused, broken }: Record<string, number> = JSON.parse(line);
  if (requests === undefined || microseconds === undefined || p99 === undefined || requests === 0) {
    throw new BenchError(`wrk got no answer from ${path}:\n${text}`);
  }
  if (refused !== 0 || broken !== 0) {
    throw new BenchError(`${path}: of ${requests} requests ${refused} were refused and ${broken} failed`);
  }
  return { requests, perSecond: requests / (microseconds / 1e6), p99Ms: p99 / 1_000 };
}
