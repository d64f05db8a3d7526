import { type SecurityEvent, SecurityEvents } from '@gatehouse/platform/audit';
import { Clock } from '@gatehouse/platform/clock';
import { CONFIGURATION, readConfiguration } from '@gatehouse/platform/config';
import { Notifications, Transactions } from '@gatehouse/platform/database';
import { Problem } from '@gatehouse/platform/http';
import { Breaker, REDIS_OPTIONS, RedisConnection } from '@gatehouse/platform/redis';
import { type ExecutionContext, Global, type Type } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import {
  Authenticator,
  type Credential,
  InvalidCredential,
  type PrincipalFacts,
  PrincipalSource,
  type UserFacts,
} from '../src/decision/ports.js';
import { AccountNaming } from '../src/limits/rate-limiter.js';
import { RoleSource } from '../src/matrix/access-matrix.js';
import { sessionOf, signedInAt } from './policies.js';

export class SetClock extends Clock {
  at = signedInAt.getTime();

  override milliseconds(): number {
    return this.at;
  }
}

/**
 * Believes what the request says: `Bearer user/session`, or the same in the cookie header. `bad` doesn't hold, `broken`
 * breaks the check itself, and what begins with `later ` is answered by a promise.
 */
export class BelievingAuthenticator extends Authenticator {
  asked = 0;

  authenticate(context: ExecutionContext): Credential | undefined | Promise<Credential | undefined> {
    this.asked += 1;
    const { authorization, cookie } = context.switchToHttp().getRequest<FastifyRequest>().headers;
    const said = authorization?.replace('Bearer ', '') ?? cookie;
    if (said?.startsWith('later ') !== true) return read(said, cookie !== undefined);
    return Promise.resolve().then(() => read(said.replace('later ', ''), cookie !== undefined));
  }

  assertIntended(context: ExecutionContext): void {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    if (headers['x-csrf-token'] === undefined) throw new Problem('CSRF_PROOF_MISSING');
  }
}

function read(said: string | undefined, ambient: boolean): Credential | undefined {
  if (said === undefined) return undefined;
  if (said === 'bad') throw new InvalidCredential('signature');
  if (said === 'broken') throw new Error('the check broke');
  const [userId = '', sessionId = ''] = said.split('/');
  return { userId, sessionId, expiresAt: signedInAt, ambient };
}

export type UserOfTest = UserFacts & { readonly disabled: boolean };

/** People and their sessions, in memory. */
export class PeopleInMemory extends PrincipalSource {
  readonly users = new Map<string, UserOfTest>();
  readonly sessions = new Map<string, PrincipalFacts>();
  loads = 0;

  /** Signs in a customer, unless the test says otherwise, under the session `s-` and their id. */
  signIn(userId: string, own: Partial<PrincipalFacts> = {}): PrincipalFacts {
    const user = { userId, email: `${userId}@example.com`, role: 'customer', rolePermissions: [], grants: [] };
    const facts = { ...user, session: sessionOf({ id: `s-${userId}` }), ...own };
    this.sessions.set(`s-${userId}`, facts);
    this.users.set(userId, { ...facts, disabled: false });
    return facts;
  }

  async load(sessionId: string): Promise<PrincipalFacts | undefined> {
    this.loads += 1;
    return this.sessions.get(sessionId);
  }

  async loadUser(userId: string): Promise<UserOfTest | undefined> {
    return this.users.get(userId);
  }
}

/** The account is the body's `email`. */
export class NamingByEmail extends AccountNaming {
  accountIn(body: unknown): string | undefined {
    const email: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'email') : undefined;
    return typeof email === 'string' ? email : undefined;
  }
}

export class RolesInMemory extends RoleSource {
  async roles() {
    return [
      { name: 'admin', permissions: ['read:order', 'update:order'] },
      { name: 'customer', permissions: [] },
    ];
  }
}

/** Keeps what would go to the trail. */
export class EventsInMemory {
  readonly recorded: SecurityEvent[] = [];

  record(event: SecurityEvent): void {
    this.recorded.push(event);
  }
}

/** A feed whose trustworthiness the test decides. */
export class FeedInMemory {
  confirmed = true;
  tell: (change: string) => void = () => undefined;

  listen(_channel: string, handler: (change: string) => void): void {
    this.tell = handler;
  }

  confirmedWithin(): boolean {
    return this.confirmed;
  }
}

/** Keeps the statements, and the hooks until the test commits. */
export class TransactionInMemory {
  readonly statements: (readonly [sql: string, parameters: readonly unknown[]])[] = [];
  private hooks: (() => void | Promise<void>)[] = [];

  async query(sql: string, parameters: readonly unknown[] = []): Promise<unknown[]> {
    this.statements.push([sql, parameters]);
    return [];
  }

  async afterCommit(hook: () => void | Promise<void>): Promise<void> {
    this.hooks.push(hook);
  }

  async commit(): Promise<void> {
    for (const hook of this.hooks) await hook();
    this.hooks = [];
  }
}

/** Everything around access control that a process would have, each part as small as it can be. */
export function newWorld(environment: Record<string, string> = {}) {
  const parts = {
    clock: new SetClock(),
    authenticator: new BelievingAuthenticator(),
    people: new PeopleInMemory(),
    events: new EventsInMemory(),
    feed: new FeedInMemory(),
    transaction: new TransactionInMemory(),
  };
  const provided: [symbol | Type | (abstract new (...parameters: never[]) => unknown), unknown][] = [
    [Clock, parts.clock],
    [Authenticator, parts.authenticator],
    [PrincipalSource, parts.people],
    [SecurityEvents, parts.events],
    [Notifications, parts.feed],
    [Transactions, parts.transaction],
    [AccountNaming, new NamingByEmail()],
    [RoleSource, new RolesInMemory()],
    [CONFIGURATION, readConfiguration({ RATE_LIMIT_USER: '100/1m', RATE_LIMIT_ANONYMOUS: '50/1m', ...environment })],
    [REDIS_OPTIONS, { url: undefined, prefix: '' }],
  ];
  const providers = [...provided.map(([provide, useValue]) => ({ provide, useValue })), RedisConnection, Breaker];
  const tokens = [...provided.map(([token]) => token), RedisConnection, Breaker];
  return { ...parts, module: { module: World, providers, exports: tokens } };
}

@Global()
class World {}
