/** `limit` calls in a window of `windowMs` milliseconds. */
export interface Rate {
  readonly limit: number;
  readonly windowMs: number;
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export type Duration = `${number}${keyof typeof unitMs}`;

export const durationPattern = /^[1-9]\d{0,8}\/[1-9]\d{0,5}[smhd]$/;

/**
 * Milliseconds of a duration such as `30s`, `5m`, `24h` or `7d`.
 * @throws Error when the text isn't a positive whole number with one of those units.
 */
export function parseDuration(text: string): number {
  const [, count, unit] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  if (count === undefined || !isUnit(unit)) throw new Error(`"${text}" is no duration: write 30s, 5m, 24h or 7d`);
  return Number(count) * unitMs[unit];
}

/** The rate of a text such as `100/15m`. */
export function parseRate(text: string): Rate {
  const [limit = '', window = ''] = text.split('/');
  return { limit: Number(limit), windowMs: parseDuration(window) };
}

function isUnit(unit: string | undefined): unit is keyof typeof unitMs {
  return unit !== undefined && unit in unitMs;
}
