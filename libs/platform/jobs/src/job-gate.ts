/** What is to run, and for whom. */
export interface JobCall {
  readonly name: string;
  /** The consumer's class and method. */
  readonly owner: unknown;
  readonly handler: unknown;
  readonly actorId: string | undefined;
}

/** Decides whether a job may run now; `access` implements it. */
export abstract class JobGate {
  /** @throws JobRefused where who it acts for may not, or not any more. */
  abstract admit(call: JobCall): Promise<void>;
}

/** The job may not run, and trying it again by itself is of no use: it is dead at once. */
export class JobRefused extends Error {
  override readonly name = 'JobRefused';
}
