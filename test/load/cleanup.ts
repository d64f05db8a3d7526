type Step = () => Promise<unknown>;

/** What must be taken away again, also when the bench fails or is interrupted. */
export class Cleanup {
  private readonly steps: Step[] = [];
  private running: Promise<void> | undefined;

  /** Registers what undoes a step; said before the step is taken, so that nothing stays where it fails halfway. */
  readonly later = (step: Step): void => {
    this.steps.push(step);
  };

  /** Takes everything away, the last first; a step that fails is reported and doesn't keep the others. */
  run(): Promise<void> {
    this.running ??= this.undo();
    return this.running;
  }

  private async undo(): Promise<void> {
    for (const step of this.steps.reverse()) {
      await step().catch((error: unknown) => process.stderr.write(`left behind: ${String(error)}\n`));
    }
  }
}
