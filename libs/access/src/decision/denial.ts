import { Problem, type ProblemCode, type ProblemDetails } from '@gatehouse/platform/http';
import type { Principal } from './principal.js';

/** What the record of a denial holds and its answer keeps to itself. */
export interface DenialFacts {
  /** Who a valid token says is calling, where no principal is known. */
  readonly userId?: string | undefined;
  readonly principal?: Principal | undefined;
  /** What was asked for beyond the policy's own demands. */
  readonly required?: readonly string[];
  /** Why the credential doesn't hold, or the 404 hides. */
  readonly reason?: string | undefined;
}

/** A refusal by access control. */
export class Denial extends Problem {
  constructor(
    code: ProblemCode,
    details: ProblemDetails,
    readonly facts: DenialFacts = {},
  ) {
    super(code, details);
  }
}
