import { setTimeout as pause } from 'node:timers/promises';

/** Waits for something that another process or a timer of the service does, and fails when it never comes. */
export async function until(what: string, holds: () => Promise<boolean>, withinMs = 10_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`still not after ${withinMs} ms: ${what}`);
    await pause(50);
  }
}
