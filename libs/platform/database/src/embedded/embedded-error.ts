/** Anything that keeps the embedded PostgreSQL from serving, told in one line that a developer can act upon. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

/** The `code` of a system or PostgreSQL error (`ENOENT`, `42P04`, …), when it has one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The line of a log that says what went wrong: the last one naming a failure, else the last. */
export function tellingLine(log: string): string {
  const lines = log.split(/\r?\n/).filter((line) => line.trim() !== '');
  // Of a full disk all later failures are only consequences.
  const full = lines.find((line) => line.includes('No space left on device'));
  const failures = lines.filter((line) => /FATAL|PANIC|error|could not|cannot/i.test(line));
  return (full ?? failures.at(-1) ?? lines.at(-1) ?? 'it said nothing').trim();
}
