import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A wire to a server that a test can cut or freeze, as an outage of the server would look from this side. */
export class Wire {
  private readonly sockets = new Set<Socket>();
  private broken = false;
  private readonly server = createServer((near) => {
    if (this.broken) {
      near.destroy();
      return;
    }
    const far = connect(this.port, this.host);
    for (const socket of [near, far]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.sockets.delete(socket));
    }
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  });

  constructor(
    private readonly host: string,
    private readonly port: number,
  ) {}

  /** Begins to listen; answers the port to connect to instead of the server's. */
  async open(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const { port } = this.server.address() as AddressInfo;
    return port;
  }

  /** Nothing that is sent arrives any more, in either direction, and nothing says so. */
  freeze(): void {
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  /** Every connection ends, and no new one is made. */
  cut(): void {
    this.broken = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.cut();
    this.broken = false;
  }

  close(): void {
    this.cut();
    this.server.close();
  }
}
