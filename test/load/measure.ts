import type { Server } from './processes.js';
import type { Row } from './rows.js';
import { type Load, load } from './wrk.js';

export interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

export interface Figures {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly cpuMicroseconds: number;
  readonly requests: number;
}

/** Medians over the rounds. */
export interface Measured {
  readonly row: Row;
  readonly service: Figures;
  readonly baseline: Figures;
  /** Median of the ratios of each round, in which the two stand side by side. */
  readonly ratio: number;
}

type Pair = readonly [service: Server, baseline: Server];
type Client = Omit<Load, 'url' | 'path' | 'seconds'>;

/** Loads the two in turn, a warm-up first, so that whatever else the machine does meets both. */
export async function measure(row: Row, [service, baseline]: Pair, client: Client, plan: Plan): Promise<Measured> {
  const token = row.signedIn ? client.token : undefined;
  const run = (server: Server, seconds: number) =>
    round(server, { ...client, url: server.url, path: row.path, token, seconds });
  await run(service, plan.warmUpSeconds);
  await run(baseline, plan.warmUpSeconds);
  const pairs: { service: Figures; baseline: Figures }[] = [];
  while (pairs.length < plan.rounds) {
    pairs.push({ service: await run(service, plan.seconds), baseline: await run(baseline, plan.seconds) });
  }
  return {
    row,
    service: medians(pairs.map((pair) => pair.service)),
    baseline: medians(pairs.map((pair) => pair.baseline)),
    ratio: median(pairs.map((pair) => pair.service.perSecond / pair.baseline.perSecond)),
  };
}

async function round(server: Server, what: Load): Promise<Figures> {
  const before = await server.cpuMicroseconds();
  const { requests, perSecond, p99Ms } = await load(what);
  const cpuMicroseconds = ((await server.cpuMicroseconds()) - before) / requests;
  return { perSecond, p99Ms, cpuMicroseconds, requests };
}

function medians(figures: readonly Figures[]): Figures {
  const of = (field: keyof Figures) => median(figures.map((one) => one[field]));
  return {
    perSecond: of('perSecond'),
    p99Ms: of('p99Ms'),
    cpuMicroseconds: of('cpuMicroseconds'),
    requests: figures.reduce((sum, { requests }) => sum + requests, 0),
  };
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
