import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { EmbeddedPostgresError, errorCode, messageOf } from './embedded-error.js';
import { findServer, type Postmaster } from './server.js';
import { type State, SUPERUSER } from './state.js';

const ATTACH_DEADLINE_MS = 90_000;
const POLL_MS = 20;
/** The server is starting or stopping, or its socket isn't there yet or no more. */
const PASSING = new Set(['57P03', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE']);

export function urlOf(state: State, role: keyof State['passwords'], port: number, database: string): string {
  return `postgres://${role}:${state.passwords[role]}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

/** A superuser's connection, with its socket so as to say whether it keeps the process alive. */
export interface Connection {
  readonly client: pg.Client;
  readonly socket: Socket;
}

export async function connect(
  state: State,
  port: number,
  options: { database?: string; name: string },
): Promise<Connection> {
  const socket = new Socket();
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password: state.passwords[SUPERUSER],
    database: options.database ?? SUPERUSER,
    application_name: options.name,
    stream: () => socket,
    // Said outright, lest PGSSLMODE or PGOPTIONS of the environment say otherwise; and a superuser had better not
    // find what others may have put into the schema public.
    ssl: false,
    options: '-c search_path=pg_catalog',
  });
  // A connection may break at any time (the server killed); without a listener that would end the process.
  client.on('error', () => undefined);
  await client.connect();
  return { client, socket };
}

/** Runs `work` with a superuser's connection that is closed afterwards. */
export async function withConnection<T>(
  state: State,
  port: number,
  options: { database?: string; name: string },
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const { client } = await connect(state, port, options);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Connects to the server running on the cluster, waiting while it starts, recovers or stops; undefined when there is
 * none. Having connected proves that it is the right one: it has the password's verifier.
 */
export async function connectToRunning(
  state: State,
  cluster: string,
  name: string,
): Promise<(Connection & { server: Postmaster }) | undefined> {
  const deadline = Date.now() + ATTACH_DEADLINE_MS;
  for (;;) {
    const server = findServer(cluster);
    if (server === undefined) return undefined;
    let reason = 'it is not ready';
    try {
      if (server.ready) return { ...(await connect(state, server.port, { name })), server };
    } catch (error) {
      reason = messageOf(error);
      if (!PASSING.has(errorCode(error) ?? '')) throw unusable(cluster, server.pid, reason, error);
    }
    if (Date.now() > deadline) throw unusable(cluster, server.pid, reason, undefined);
    await sleep(POLL_MS);
  }
}

function unusable(cluster: string, pid: number, reason: string, cause: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The PostgreSQL running on ${cluster} (process ${pid}) can't be connected to: ${reason}`,
    { cause },
  );
}
