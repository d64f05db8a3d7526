import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { DATABASE_URL } from './database-url.js';

type Handler = (payload: string) => void;

const heartbeatMs = 300;

/**
 * Hears PostgreSQL's NOTIFY on a connection of its own. Messages are lost while that connection is away, so whoever
 * relies on them must ask {@link confirmedWithin} first: it tells whether all that was sent has surely been heard.
 */
@Injectable()
export class Notifications implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Notifications.name);
  private readonly handlers = new Map<string, Handler>();
  private readonly reconnects: (() => void)[] = [];
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private confirmedAt = Number.NEGATIVE_INFINITY;
  private started = false;
  private closed = false;

  constructor(@Inject(DATABASE_URL) private readonly url: string) {}

  /**
   * Calls `handler` with each payload sent to `channel`, and `onGap` when messages may have been missed.
   * For `onModuleInit`: the channels are asked for once every module is there.
   */
  listen(channel: string, handler: Handler, onGap: () => void): void {
    if (this.started) throw new Error(`"${channel}" is listened to too late, and would never be heard`);
    if (!/^[a-z_]+$/.test(channel)) throw new Error(`"${channel}" is no channel name`);
    this.handlers.set(channel, handler);
    this.reconnects.push(onGap);
  }

  /** Whether everything that was sent until `ms` milliseconds ago has been heard. */
  confirmedWithin(ms: number): boolean {
    return performance.now() - this.confirmedAt <= ms;
  }

  async onApplicationBootstrap(): Promise<void> {
    this.started = true;
    await this.beat();
  }

  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.client?.end().catch(() => undefined);
  }

  private async beat(): Promise<void> {
    try {
      const client = this.client ?? (await this.connect());
      const sentAt = performance.now();
      await client.query('SELECT 1');
      // The server delivers what is due before it answers, so the answer confirms all until the question was sent.
      this.confirmedAt = sentAt;
    } catch (error) {
      this.drop(error);
    }
    if (this.closed) return;
    this.timer = setTimeout(() => void this.beat(), heartbeatMs);
    this.timer.unref();
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'gatehouse-notifications',
      connectionTimeoutMillis: 1_000,
      query_timeout: 1_000,
      keepAlive: true,
    });
    client.on('error', (error) => this.drop(error, client));
    client.on('notification', ({ channel, payload }) => this.handlers.get(channel)?.(payload ?? ''));
    await client.connect();
    try {
      for (const channel of this.handlers.keys()) await client.query(`LISTEN ${channel}`);
    } catch (error) {
      // Nobody else knows of this connection yet, and the next beat makes another.
      close(client);
      throw error;
    }
    for (const onGap of this.reconnects) onGap();
    this.client = client;
    return client;
  }

  private drop(error: unknown, client = this.client): void {
    // One that was given up before may still fail after its successor is there.
    if (client === undefined || client !== this.client) return;
    this.client = undefined;
    if (this.closed) return;
    this.logger.warn(
      `lost the connection that hears changes (${String(error)}); deciding from the database until it is back`,
    );
    close(client);
  }
}

function close(client: pg.Client): void {
  client.removeAllListeners('notification');
  void client.end().catch(() => undefined);
}
