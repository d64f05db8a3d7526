import { Server } from 'node:net';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

/** Turns of the event loop, each of which takes one connection, without one: nobody is waiting to be let in. */
const quietTurns = 3;
const longestArrivalMs = 3_000;
/** How long clients on kept-alive connections are given to send once more and be told to close. */
const noticeMs = 500;

/**
 * Shutting down without dropping a request: from the signal on nobody new is let in, every answer closes its
 * connection, and readiness says no to whoever asks on one that is still open.
 */
@Injectable()
export class Draining {
  private under = 0;
  private begun = false;
  private shut = false;
  private arrivals = 0;
  private idle: (() => void) | undefined;
  private server: FastifyInstance | undefined;

  /** Whether the process has been told to stop. */
  get active(): boolean {
    return this.begun;
  }

  attach(server: FastifyInstance): void {
    this.server = server;
    server.server.on('connection', () => {
      this.arrivals += 1;
    });
    server.addHook('onRequest', (_request, reply, done) => {
      this.under += 1;
      reply.raw.once('close', () => {
        this.under -= 1;
        if (this.under === 0) this.idle?.();
      });
      done();
    });
    server.addHook('onSend', (_request, reply, _payload, done) => {
      if (this.shut) reply.header('connection', 'close');
      done();
    });
  }

  /** Fulfils when no request is under way any more, after `longestMs` at the latest. */
  async drain(longestMs: number): Promise<void> {
    this.begun = true;
    await this.letInWhoWaits();
    this.shut = true;
    // The listener alone: http's own close would also cut kept-alive connections whose next request is on its way.
    if (this.server !== undefined) Server.prototype.close.call(this.server.server);
    if ((await this.connections()) > 0) await pause(noticeMs);
    if (this.under === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, longestMs);
      this.idle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Closing the listener resets connections that the kernel holds for it, so these are taken first. */
  private async letInWhoWaits(): Promise<void> {
    const deadline = performance.now() + longestArrivalMs;
    for (let quiet = 0; quiet < quietTurns && performance.now() < deadline; ) {
      const before = this.arrivals;
      await turn();
      quiet = this.arrivals === before ? quiet + 1 : 0;
    }
  }

  private connections(): Promise<number> {
    return new Promise((resolve) => {
      if (this.server === undefined) resolve(0);
      else this.server.server.getConnections((error, count) => resolve(error ? 1 : count));
    });
  }
}
