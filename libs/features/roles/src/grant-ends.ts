import { Clock } from '@gatehouse/platform/clock';
import { RequestContext } from '@gatehouse/platform/context';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { RolesRepository } from './roles.repository.js';

declare global {
  interface GatehouseSecurityEvents {
    'grant.expired': true;
  }
}

const everyMs = 10_000;

/**
 * Writes into the trail, every ten seconds, which grants have ended. That they are over is decided at each request by
 * the clock and waits for nothing here; any number of processes may do this at once.
 */
@Injectable()
export class GrantEnds implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(GrantEnds.name);
  private timer: NodeJS.Timeout | undefined;
  private underWay: Promise<void> = Promise.resolve();

  constructor(
    private readonly repository: RolesRepository,
    private readonly context: RequestContext,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      const facts = { requestId: uuidv7(), process: 'end of grants' };
      this.underWay = this.context
        .run(facts, () => this.record())
        .catch((error: unknown) => this.logger.warn(`will try again: ${String(error)}`));
    }, everyMs).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.underWay;
  }

  /** Records every grant that has ended by now and isn't recorded yet. */
  async record(): Promise<void> {
    while (await this.repository.recordEnded(this.clock.now()));
  }
}
