import { type ProblemCode, problemCodes } from './problem-codes.js';

/** What is wrong with one field; `field` is its path in the body, the query or the address. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

export interface ProblemDetails {
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** Members of the answer beyond RFC 9457's own, such as `required` of a 403. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal by its registered code; thrown anywhere, answered as `application/problem+json` in one place. */
export class Problem extends Error {
  readonly status: number;

  constructor(
    readonly code: ProblemCode,
    readonly details: ProblemDetails = {},
  ) {
    super(details.detail ?? problemCodes[code].title);
    this.status = problemCodes[code].status;
  }
}

/** The body of the answer (RFC 9457, section 3). */
export function problemBody(problem: Problem, instance: string, requestId: string): Record<string, unknown> {
  const { title, status } = problemCodes[problem.code];
  const { detail, errors, extensions } = problem.details;
  return {
    type: `urn:gatehouse:problem:${problem.code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    ...(detail === undefined ? {} : { detail }),
    instance,
    code: problem.code,
    requestId,
    ...(errors === undefined ? {} : { errors }),
    ...extensions,
  };
}
