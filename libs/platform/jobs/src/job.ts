/** One run of a job, as its consumer sees it. */
export interface Job {
  /** The job's own, however often it runs: what an effect is kept under so that it is had once. */
  readonly id: string;
  /** 1 at the first run. */
  readonly attempt: number;
  /** For whom it runs, if for anybody. */
  readonly actorId: string | undefined;
  /** Aborted when the time is up, the process stops or the job was given to somebody else: stop, and throw. */
  readonly signal: AbortSignal;
  /** Tells whoever looks at the job how far it is. */
  report(done: number, total?: number): Promise<void>;
}
