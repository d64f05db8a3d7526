import { type FieldError, Problem } from './problem.js';

/** Deeper than any body the API knows; transforming and validating recurse, and 45,000 levels would end the stack. */
const deepest = 20;
/** More than any body the API knows; each value costs work before the caller is even counted. */
const most = 2_000;

interface Visit {
  readonly path: string;
  readonly value: unknown;
  readonly depth: number;
}

/**
 * Refuses what no rule of a field should have to think of: nesting and values without end, text that is no text (lone
 * surrogates, RFC 8259, section 8.2), and fields named like an object's own machinery.
 * @throws Problem VALIDATION_FAILED naming the fields
 */
export function assertSound(input: unknown): void {
  const errors: FieldError[] = [];
  const waiting: Visit[] = [{ path: '', value: input, depth: 0 }];
  let seen = 0;
  for (let visit = waiting.pop(); visit !== undefined; visit = waiting.pop()) {
    const { path, value, depth } = visit;
    if (typeof value === 'string' && !value.isWellFormed()) errors.push({ field: path, message: 'must be text' });
    if (!isParsed(value)) continue;
    if (depth === deepest) throw new Problem('BAD_REQUEST', { detail: `Nothing is nested more than ${deepest} deep` });
    const entries = Object.entries(value);
    seen += entries.length;
    if (seen > most) throw new Problem('BAD_REQUEST', { detail: `Nothing holds more than ${most} values` });
    for (const [name, child] of entries) {
      const field = path === '' ? name : `${path}.${name}`;
      if (isMachinery(name)) errors.push({ field, message: 'is not a field of this request' });
      else waiting.push({ path: field, value: child, depth: depth + 1 });
    }
  }
  if (errors.length > 0) throw new Problem('VALIDATION_FAILED', { errors });
}

/** Names that Nest's pipe and class-transformer pass over in silence, where an unknown field must be refused. */
function isMachinery(name: string): boolean {
  return name === 'prototype' || Object.hasOwn(Object.prototype, name);
}

/** Objects and arrays as a parser makes them; a buffer or a stream is not looked into. */
function isParsed(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  // The parser of queries makes objects whose prototype is an empty object of its own.
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}
