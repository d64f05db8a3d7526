import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { BenchError } from './bench-error.js';
import type { Server } from './processes.js';

/**
 * Reads the log that the server wrote under load: a line for each request, each of them a 200. So neither a silent log
 * nor an answer that the client took for a good one goes unnoticed.
 * @throws BenchError
 */
export async function checkLog({ name, logFile }: Server, requests: number): Promise<void> {
  let [lines, good] = [0, 0];
  for await (const line of createInterface({ input: createReadStream(logFile) })) {
    if (!line.includes('"msg":"request"') || !line.includes('"path":"/api/')) continue;
    lines += 1;
    if (line.includes('"status":200')) good += 1;
  }
  if (lines < requests) throw new BenchError(`${name} logged ${lines} of ${requests} requests`);
  if (good < lines) throw new BenchError(`${name} answered ${lines - good} of ${lines} requests with no 200`);
}
