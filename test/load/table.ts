import type { Measured } from './measure.js';

const head = ['', 'Gatehouse/s', 'bare Fastify/s', 'ratio', 'bar', '', 'p99 ms', '', 'CPU µs', ''];

/** The figures as a table for the terminal; of each pair the service's stands first. */
export function table(measured: readonly Measured[]): string {
  const lines = measured.map(({ row, service, baseline, ratio }) => [
    row.name,
    service.perSecond.toFixed(0),
    baseline.perSecond.toFixed(0),
    ratio.toFixed(2),
    `≥ ${row.bar.toFixed(2)}`,
    ratio >= row.bar ? 'above' : 'below',
    service.p99Ms.toFixed(1),
    baseline.p99Ms.toFixed(1),
    service.cpuMicroseconds.toFixed(0),
    baseline.cpuMicroseconds.toFixed(0),
  ]);
  const all = [head, ...lines];
  const widths = head.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  const rendered = all.map((line) =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))),
  );
  return rendered.map((cells) => cells.join('  ').trimEnd()).join('\n');
}
