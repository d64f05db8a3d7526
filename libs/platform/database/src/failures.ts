/** What the rest of the service distinguishes among the failures of the database. */
export type DatabaseFailure = 'unavailable' | 'conflict' | 'invalid-input';

// Appendix A of the PostgreSQL manual, by class: connection, resources, operator intervention, time-outs.
const unavailable = /^(08|53|57)|^(25P03|55P03)$/;
const retryable = new Set(['40001', '40P01']);
const conflict = new Set(['23505', '23503']);
const invalidInput = /^22/;
const network = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH']);
const driverMessages =
  /^(timeout exceeded when trying to connect|Connection terminated|Client was closed|Query read timeout)/;

/** Classifies an error thrown by `pg` or TypeORM; `undefined` when it isn't the database's or is our own fault. */
export function databaseFailure(error: unknown): DatabaseFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  // FATAL ends the session: the server lets nobody in, or is going away.
  if (Reflect.get(error, 'severity') === 'FATAL') return 'unavailable';
  const code = codeOf(error);
  if (code === undefined) return driverMessages.test(error.message) ? 'unavailable' : undefined;
  if (network.has(code) || unavailable.test(code) || retryable.has(code)) return 'unavailable';
  if (conflict.has(code)) return 'conflict';
  return invalidInput.test(code) && code.length === 5 ? 'invalid-input' : undefined;
}

/** Name of the constraint that a statement broke, if it broke one. */
export function brokenConstraint(error: unknown): string | undefined {
  const constraint = error instanceof Error ? Reflect.get(error, 'constraint') : undefined;
  return typeof constraint === 'string' ? constraint : undefined;
}

function codeOf(error: Error): string | undefined {
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : undefined;
}
