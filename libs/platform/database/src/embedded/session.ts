import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { createDatabase, dropDatabase } from './cluster.js';
import { connectToRunning, urlOf } from './connections.js';
import { EmbeddedPostgresError, errorCode } from './embedded-error.js';
import { LEASE_NAME, type Lease } from './lease.js';
import { withLock } from './lock.js';
import { servesCluster } from './processes.js';
import { findServer, stopServer } from './server.js';
import { APPLICATION, DATABASE, OWNER, type State, SUPERUSER } from './state.js';

const WRONG_PASSWORD = '28P01';
const POLL_MS = 20;
/** How long connections just closed may take to disappear before they count as somebody else's. */
const LINGER_MS = 1_000;

/** The embedded PostgreSQL, held by this process until released. */
export interface EmbeddedPostgres {
  /** as superuser, on database `gatehouse` */
  readonly superuserUrl: string;
  /** as the owner, who runs migrations, on database `gatehouse` */
  readonly ownerUrl: string;
  /** as the application's lesser role, on database `gatehouse` */
  readonly applicationUrl: string;
  /** true when this call started the server, false when it attached to a running one */
  readonly startedHere: boolean;
  /** Creates another database on the server, set up like `gatehouse`. */
  createDatabase(name: string): Promise<{ ownerUrl: string; applicationUrl: string }>;
  /** Drops a database, disconnecting whoever uses it; nothing when there is none. */
  dropDatabase(name: string): Promise<void>;
  /** Leaves the server; stops it when no other client is attached. May be called again. */
  release(): Promise<void>;
}

/** The lock under which the server of a data folder is started and stopped. */
export const lockFile = (dataDir: string): string => join(dataDir, 'postgres.lock');

export class EmbeddedPostgresSession implements EmbeddedPostgres {
  readonly superuserUrl: string;
  readonly ownerUrl: string;
  readonly applicationUrl: string;
  private released: Promise<void> | undefined;

  constructor(
    private readonly dataDir: string,
    private readonly cluster: string,
    private readonly state: State,
    private readonly port: number,
    private readonly pid: number,
    private readonly lease: Lease,
    readonly startedHere: boolean,
  ) {
    this.superuserUrl = urlOf(state, SUPERUSER, port, DATABASE);
    this.ownerUrl = urlOf(state, OWNER, port, DATABASE);
    this.applicationUrl = urlOf(state, APPLICATION, port, DATABASE);
  }

  async createDatabase(name: string): Promise<{ ownerUrl: string; applicationUrl: string }> {
    this.assertHeld();
    await createDatabase(this.state, this.port, name);
    return {
      ownerUrl: urlOf(this.state, OWNER, this.port, name),
      applicationUrl: urlOf(this.state, APPLICATION, this.port, name),
    };
  }

  async dropDatabase(name: string): Promise<void> {
    this.assertHeld();
    await dropDatabase(this.state, this.port, name);
  }

  release(): Promise<void> {
    this.released ??= this.leave();
    return this.released;
  }

  private assertHeld(): void {
    if (this.released !== undefined) throw new EmbeddedPostgresError('The embedded PostgreSQL has been released');
  }

  private async leave(): Promise<void> {
    // Without its data folder nobody else can come to it, nor can a lock be taken there.
    if (existsSync(this.dataDir)) await withLock(lockFile(this.dataDir), () => this.stopUnlessUsed());
    else await this.stopUnlessUsed();
  }

  private async stopUnlessUsed(): Promise<void> {
    await this.lease.end();
    const used = await this.isUsed();
    // When the cluster was deleted, the server which used it is known by its process only.
    const server = findServer(this.cluster) ?? (servesCluster(this.pid, this.cluster) ? { pid: this.pid } : undefined);
    if (!used && server !== undefined) await stopServer(this.cluster, server);
  }

  private async isUsed(): Promise<boolean> {
    let running: Awaited<ReturnType<typeof connectToRunning>>;
    try {
      running = await connectToRunning(this.state, this.cluster, 'gatehouse-release');
    } catch (error) {
      // Another server by now, the cluster having been made anew: not ours to stop.
      if (error instanceof EmbeddedPostgresError && errorCode(error.cause) === WRONG_PASSWORD) return true;
      throw error;
    }
    if (running === undefined) return false;
    try {
      return await hasOtherClients(running.client);
    } finally {
      await running.client.end().catch(() => undefined);
    }
  }
}

async function hasOtherClients(client: pg.Client): Promise<boolean> {
  const deadline = Date.now() + LINGER_MS;
  for (;;) {
    const { rows } = await client.query<{ clients: number; leases: number }>(
      `SELECT count(*)::int AS clients, count(*) FILTER (WHERE application_name = $1)::int AS leases
         FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
      [LEASE_NAME],
    );
    const found = rows[0] ?? { clients: 0, leases: 0 };
    if (found.clients === 0) return false;
    if (found.leases > 0 || Date.now() > deadline) return true;
    await sleep(POLL_MS);
  }
}
