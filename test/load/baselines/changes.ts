import pg from 'pg';

const heartbeatMs = 300;

/** Hears NOTIFY on a connection of its own, and knows until when nothing can have been missed. */
export class Changes {
  private readonly handlers = new Map<string, (payload: string | undefined) => void>();
  private client: pg.Client | undefined;
  private confirmedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly url: string) {}

  /** Calls `handler` with each payload on `channel`, and with `undefined` after a gap in which some may be lost. */
  on(channel: string, handler: (payload: string | undefined) => void): void {
    this.handlers.set(channel, handler);
  }

  confirmedWithin(ms: number): boolean {
    return performance.now() - this.confirmedAt <= ms;
  }

  async start(): Promise<void> {
    await this.beat();
    setTimeout(() => void this.start(), heartbeatMs).unref();
  }

  private async beat(): Promise<void> {
    try {
      const client = this.client ?? (await this.connect());
      const sentAt = performance.now();
      await client.query('SELECT 1');
      this.confirmedAt = sentAt;
    } catch {
      this.drop();
    }
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.url,
      connectionTimeoutMillis: 1_000,
      query_timeout: 1_000,
      keepAlive: true,
    });
    client.on('error', () => this.drop());
    client.on('notification', ({ channel, payload }) => this.handlers.get(channel)?.(payload ?? ''));
    await client.connect();
    for (const channel of this.handlers.keys()) await client.query(`LISTEN ${channel}`);
    for (const handler of this.handlers.values()) handler(undefined);
    this.client = client;
    return client;
  }

  private drop(): void {
    const client = this.client;
    this.client = undefined;
    client?.removeAllListeners('notification');
    void client?.end().catch(() => undefined);
  }
}
