import { Injectable } from '@nestjs/common';
import { ClsService, type ClsStore } from 'nestjs-cls';

/** Who is behind what happens now, and from where; the audit trail and the log lines carry it. */
export interface RequestFacts {
  readonly requestId: string;
  readonly address?: string | undefined;
  readonly userAgent?: string | undefined;
  /** Set once the caller is known. */
  actorId?: string;
  sessionId?: string;
  /** A command or a job that acts without a user, by its name. */
  readonly process?: string | undefined;
}

interface Store extends ClsStore {
  facts: RequestFacts;
}

@Injectable()
export class RequestContext {
  constructor(private readonly cls: ClsService<Store>) {}

  /** Facts of the request (or command) that the current asynchronous call belongs to. */
  get facts(): RequestFacts | undefined {
    return this.cls.isActive() ? this.cls.get('facts') : undefined;
  }

  run<T>(facts: RequestFacts, work: () => T): T {
    return this.cls.run(() => {
      this.cls.set('facts', facts);
      return work();
    });
  }
}
