import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/**
 * Where `node --cpu-prof` in `folder` found the time to go: shares of the busy time of the profile's last `seconds`,
 * which leaves the start out; each function counts for itself, without what it calls.
 */
export async function profileSummary(folder: string, seconds: number): Promise<string> {
  const file = (await readdir(folder)).find((name) => name.endsWith('.cpuprofile'));
  if (file === undefined) return `no profile in ${folder}`;
  const profile: CpuProfile = JSON.parse(await readFile(join(folder, file), 'utf8'));
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const byPlace = new Map<string, number>();
  const byFunction = new Map<string, number>();
  let busy = 0;
  let left = profile.timeDeltas.reduce((sum, micros) => sum + micros, 0);
  for (const [index, sample] of profile.samples.entries()) {
    const frame = frames.get(sample);
    const micros = profile.timeDeltas[index] ?? 0;
    left -= micros;
    if (frame === undefined || frame.functionName === '(idle)' || left > seconds * 1e6) continue;
    const place = placeOf(frame.url);
    const name = `${frame.functionName || '(anonymous)'}  ${place}:${frame.lineNumber + 1}`;
    busy += micros;
    add(byPlace, frame.url === '' ? frame.functionName || '(native)' : packageOf(place), micros);
    add(byFunction, name, micros);
  }
  return [...shares('by package', byPlace, busy, 20), '', ...shares('by function', byFunction, busy, 40)].join('\n');
}

const root = fileURLToPath(new URL('../../..', import.meta.url));

function placeOf(url: string): string {
  if (!url.startsWith('file:')) return url === '' ? '(native)' : url;
  const path = relative(root, fileURLToPath(url));
  return path.replace(/^.*node_modules\//, '');
}

function packageOf(place: string): string {
  if (place.startsWith('node:')) return place;
  const parts = place.split('/');
  if (place.startsWith('dist/')) return parts.slice(0, 4).join('/');
  return parts.slice(0, place.startsWith('@') ? 2 : 1).join('/');
}

function add(sums: Map<string, number>, name: string, micros: number): void {
  sums.set(name, (sums.get(name) ?? 0) + micros);
}

function shares(title: string, sums: ReadonlyMap<string, number>, all: number, most: number): string[] {
  const largest = [...sums].sort(([, a], [, b]) => b - a).slice(0, most);
  return [title, ...largest.map(([name, micros]) => `${((micros / all) * 100).toFixed(1).padStart(5)} %  ${name}`)];
}
