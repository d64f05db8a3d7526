import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, connect, connectToRunning } from './connections.js';
import type { Postmaster } from './server.js';
import type { State } from './state.js';

export const LEASE_NAME = 'gatehouse-lease';
const RETAKE_ATTEMPTS = 40;
const RETAKE_PAUSE_MS = 250;

/**
 * A connection held as long as the server is needed: that it is open is what tells the other processes to leave the
 * server running, and it closes by itself when its process is killed.
 */
export class Lease {
  private connection: Connection | undefined;
  private ended = false;

  private constructor(
    private readonly state: State,
    private readonly cluster: string,
  ) {}

  /** On a server which has just been started, and is known to be ready. */
  static async take(state: State, cluster: string, port: number): Promise<Lease> {
    const lease = new Lease(state, cluster);
    lease.hold(await connect(state, port, { name: LEASE_NAME }));
    return lease;
  }

  /** On the server that runs on the cluster, if any. */
  static async takeOnRunning(state: State, cluster: string): Promise<{ lease: Lease; server: Postmaster } | undefined> {
    const running = await connectToRunning(state, cluster, LEASE_NAME);
    if (running === undefined) return undefined;
    const lease = new Lease(state, cluster);
    lease.hold(running);
    return { lease, server: running.server };
  }

  async end(): Promise<void> {
    this.ended = true;
    const connection = this.connection;
    this.connection = undefined;
    // Kept from holding the process so far, but the closing must be seen through.
    connection?.socket.ref();
    await connection?.client.end().catch(() => undefined);
  }

  private hold(connection: Connection): void {
    this.connection = connection;
    // It must not keep a process alive that has finished without releasing.
    connection.socket.unref();
    connection.client.on('end', () => {
      if (!this.ended) void this.retake().catch(() => undefined);
    });
  }

  /** After a crash PostgreSQL drops all connections and recovers; without a lease it would be stopped under us. */
  private async retake(): Promise<void> {
    this.connection = undefined;
    for (let attempt = 0; attempt < RETAKE_ATTEMPTS && !this.ended; attempt += 1) {
      await sleep(RETAKE_PAUSE_MS, undefined, { ref: false });
      const running = await connectToRunning(this.state, this.cluster, LEASE_NAME).catch(() => undefined);
      if (running === undefined) continue;
      if (this.ended) return running.client.end();
      return this.hold(running);
    }
  }
}
