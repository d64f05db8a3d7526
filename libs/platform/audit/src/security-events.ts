import { Clock } from '@gatehouse/platform/clock';
import { RequestContext, type RequestFacts } from '@gatehouse/platform/context';
import { Transactions } from '@gatehouse/platform/database';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { EventBuffer, type EventEntry, type Gathered } from './event-buffer.js';
import { plain } from './plain.js';

declare global {
  /**
   * The security events there are: whoever records one adds its action by merging into this interface, so that a
   * misspelt one is an error of the compiler.
   */
  interface GatehouseSecurityEvents {}
}

/** What a security event says happened, such as `access.denied`. */
export type SecurityAction = Extract<keyof GatehouseSecurityEvents, string>;

export interface SecurityEvent {
  readonly action: SecurityAction;
  /** `refused` for what was attempted in vain: anyone can bring that about, so it is bounded more strictly. */
  readonly outcome: 'done' | 'refused';
  /** Who is known to act: the request's caller unless said otherwise. Whom somebody merely names is the subject. */
  readonly actorId?: string | undefined;
  /** What it was about, by which the trail is asked for it; the actor, or else the address, unless said otherwise. */
  readonly subject?: { readonly resource: string; readonly id: string };
  /** What else there is to know. No password, token, code or secret, ever. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What makes two events of the action alike; unless said otherwise who, where, the subject and the details. */
  readonly alike?: string;
}

const flushEveryMs = 5_000;

/**
 * Security events, written to the audit trail behind the requests' back: recording one costs a look into a map, can't
 * fail and waits for nothing. Alike ones of five seconds become one entry with `count` and `lastAt`; the first of them
 * is a line in the log at once. A graceful shutdown writes what still waits; while the database is away it waits on.
 */
@Injectable()
export class SecurityEvents implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Security');
  private readonly buffer = new EventBuffer();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> | undefined;
  private failing = false;
  private closing = false;

  constructor(
    private readonly transactions: Transactions,
    private readonly context: RequestContext,
    private readonly clock: Clock,
  ) {}

  /** Records an event of the current request, command or job; `facts` are those of its request unless given. */
  record(event: SecurityEvent, facts: RequestFacts | undefined = this.context.facts): void {
    try {
      this.gather(event, facts);
    } catch (error) {
      // Details that have no form in JSON are a mistake of ours, and no reason to fail what is going on.
      this.logger.error(error, `${event.action} was not recorded`);
    }
    if (this.closing) void this.flush();
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.flush(), flushEveryMs);
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closing = true;
    clearInterval(this.timer);
    await this.flush();
    if (this.buffer.size > 0) this.logger.error(`${this.buffer.size} entries of security events could not be written`);
  }

  /** Writes all that waits, in one statement. Never fails: what can't be written waits on. */
  async flush(): Promise<void> {
    while (this.writing !== undefined) await this.writing;
    this.writing = this.write().finally(() => {
      this.writing = undefined;
    });
    await this.writing;
  }

  private gather(event: SecurityEvent, facts: RequestFacts | undefined): void {
    const { action, outcome } = event;
    const at = this.clock.now().toISOString();
    const actorId = event.actorId ?? facts?.actorId;
    const alike = event.alike ?? JSON.stringify([actorId ?? facts?.address, event.subject, plain(event.details)]);
    const lane = outcome === 'done' ? 'done' : actorId === undefined ? 'refused-anonymous' : 'refused';
    const first = this.buffer.add({ action, alike, lane, at }, () => entryOf(event, actorId, facts, at));
    if (first !== undefined) this.log(event, first);
  }

  private async write(): Promise<void> {
    const taken = this.buffer.take();
    try {
      if (taken.size > 0) await this.insert([...taken.values()]);
      this.buffer.written();
      this.failing = false;
    } catch (error) {
      this.buffer.putBack(taken);
      if (this.failing) return;
      this.failing = true;
      this.logger.error(error, 'security events wait for the database');
    }
  }

  private async insert(gathered: readonly Gathered[]): Promise<void> {
    const entries = gathered.map(({ entry, count, lastAt }) => ({
      ...entry,
      details: { ...entry.details, count, lastAt },
    }));
    await this.transactions.apart(() => this.transactions.query('SELECT audit_append($1)', [JSON.stringify(entries)]));
    for (const { entry, count } of gathered) {
      if (count > 1) this.logger.warn({ event: entry.action, repeated: count, requestId: entry.request_id });
    }
  }

  private log({ action, outcome }: SecurityEvent, entry: EventEntry): void {
    const { request_id: requestId, address, actor_id: actorId, resource, resource_id: resourceId, details } = entry;
    const line = { ...details, event: action, resource, resourceId, requestId, address, actorId };
    if (outcome === 'refused') this.logger.warn(line);
    else this.logger.log(line);
  }
}

function entryOf(
  { action, subject, details = {} }: SecurityEvent,
  actorId: string | undefined,
  facts: RequestFacts | undefined,
  at: string,
): EventEntry {
  const fallback =
    actorId === undefined ? { resource: 'address', id: facts?.address ?? 'none' } : { resource: 'user', id: actorId };
  const { resource, id } = subject ?? fallback;
  return {
    occurred_at: at,
    action,
    resource,
    resource_id: plain(id),
    actor_id: identifier(actorId),
    process: facts?.process ?? null,
    session_id: identifier(facts?.sessionId),
    request_id: facts?.requestId ?? null,
    address: facts?.address ?? null,
    user_agent: facts?.userAgent === undefined ? null : plain(facts.userAgent),
    details: plain(details),
  };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** One text that is no UUID would keep the whole statement from being written, now and at every further try. */
function identifier(text: string | undefined): string | null {
  return text !== undefined && uuid.test(text) ? text : null;
}
