import { once } from 'node:events';
import { type AddressInfo, connect, createServer, Socket } from 'node:net';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  /** What the near side said first, by which one connection is told from another. */
  greeting: string;
}

/**
 * A wire to a server that a test can cut or freeze, as an outage of the server would look from this side: for every
 * connection, or for those alone whose first bytes hold a text, such as PostgreSQL's `application_name`.
 */
export class Wire {
  private readonly pairs = new Set<Pair>();
  private readonly frozen = new Set<Pair>();
  private broken: string | undefined;
  private muted = false;
  private readonly server = createServer((near) => {
    if (this.broken === '') {
      near.destroy();
      return;
    }
    const pair = { near, far: this.muted ? new Socket() : connect(this.port, this.host), greeting: '' };
    this.pairs.add(pair);
    for (const socket of [near, pair.far]) {
      socket.on('error', () => undefined);
      socket.on('close', () => this.end(pair));
    }
    if (this.muted) {
      this.frozen.add(pair);
      return;
    }
    near.once('data', (chunk: Buffer) => {
      pair.greeting = chunk.toString('latin1');
      if (this.broken !== undefined && pair.greeting.includes(this.broken)) this.end(pair);
    });
    near.pipe(pair.far).pipe(near);
  });

  constructor(
    private readonly host: string,
    private readonly port: number,
  ) {}

  /** How many connections go through it. */
  connections(saying = ''): number {
    return this.saying(saying).length;
  }

  /** Begins to listen; answers the port to connect to instead of the server's. */
  async open(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const { port } = this.server.address() as AddressInfo;
    return port;
  }

  /** Nothing that is sent arrives any more, in either direction, and nothing says so. */
  freeze(saying = ''): void {
    for (const pair of this.saying(saying)) {
      this.frozen.add(pair);
      for (const socket of [pair.near, pair.far]) socket.unpipe().pause();
    }
  }

  /** Like {@link freeze}, for connections still to be made as well: they are accepted, and that is all. */
  mute(): void {
    this.muted = true;
    this.freeze();
  }

  /** The connections end, and no new one is made. */
  cut(saying = ''): void {
    this.broken = saying;
    for (const pair of this.saying(saying)) this.end(pair);
  }

  /** New connections are made again; those that were frozen end. */
  mend(): void {
    for (const pair of this.frozen) this.end(pair);
    this.broken = undefined;
    this.muted = false;
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  private saying(text: string): Pair[] {
    return [...this.pairs].filter(({ greeting }) => greeting.includes(text));
  }

  private end(pair: Pair): void {
    this.pairs.delete(pair);
    this.frozen.delete(pair);
    pair.near.destroy();
    pair.far.destroy();
  }
}
