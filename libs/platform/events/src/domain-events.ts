import { Transactions } from '@gatehouse/platform/database';
import { Injectable, Logger } from '@nestjs/common';

type Handler<T> = (event: T) => void | Promise<void>;

/** Tells other parts of this process what has happened, once it is committed. An event is an instance of its class. */
@Injectable()
export class DomainEvents {
  private readonly logger = new Logger(DomainEvents.name);
  private readonly handlers = new Map<unknown, ((event: unknown) => void | Promise<void>)[]>();

  constructor(private readonly transactions: Transactions) {}

  on<T extends object>(type: new (...parameters: never[]) => T, handler: Handler<T>): void {
    const known = this.handlers.get(type) ?? [];
    known.push(async (event) => {
      if (event instanceof type) await handler(event);
    });
    this.handlers.set(type, known);
  }

  /** Delivers the event after the open transaction has committed, and never when it rolls back. */
  publish(event: object): Promise<void> {
    return this.transactions.afterCommit(() => {
      for (const handle of this.handlers.get(event.constructor) ?? []) {
        // The answer doesn't wait for what others do about the event, and doesn't fail with them.
        void Promise.resolve(handle(event)).catch((error: unknown) => this.logger.error(error));
      }
    });
  }
}
