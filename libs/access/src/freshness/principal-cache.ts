import { Clock } from '@gatehouse/platform/clock';
import { Notifications } from '@gatehouse/platform/database';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type PrincipalFacts, PrincipalSource } from '../decision/ports.js';
import { Principal } from '../decision/principal.js';
import { PermissionCatalogue } from '../vocabulary/permissions.js';
import { accessChannel } from './access-channel.js';

/** What the cache needs of {@link Notifications}. */
export type ChangeFeed = Pick<Notifications, 'listen' | 'confirmedWithin'>;

interface Entry {
  readonly principal: Principal;
  /** Milliseconds of the epoch at which a grant starts or ends, or the session does. */
  readonly holdsUntil: number;
}

const trustMs = 1_000;

/**
 * Principals by session. An entry lives until something it was made from changes: a change is announced by NOTIFY, and
 * while announcements can't be trusted to arrive, every decision is made from the database.
 */
@Injectable()
export class PrincipalCache implements OnModuleInit {
  private readonly entries = new LRUCache<string, Entry>({ max: 50_000 });
  private changes = 0;

  constructor(
    private readonly source: PrincipalSource,
    private readonly catalogue: PermissionCatalogue,
    @Inject(Notifications) private readonly notifications: ChangeFeed,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.notifications.listen(
      accessChannel,
      (change) => this.forget(change),
      () => this.forgetAll(),
    );
  }

  /** The session's principal if it is known and nothing can have changed since; costs no I/O. */
  known(sessionId: string): Principal | undefined {
    const entry = this.entries.get(sessionId);
    if (entry === undefined || this.clock.milliseconds() >= entry.holdsUntil) return undefined;
    return this.notifications.confirmedWithin(trustMs) ? entry.principal : undefined;
  }

  /** The session's principal from the database; `undefined` when the session has ended or its user may not sign in. */
  async load(sessionId: string): Promise<Principal | undefined> {
    const changesBefore = this.changes;
    const facts = await this.source.load(sessionId);
    if (facts === undefined) {
      this.entries.delete(sessionId);
      return undefined;
    }
    const entry = this.entryOf(facts);
    // What was read before a change that was heard meanwhile may be what it was before it: good for now, not to keep.
    if (this.changes === changesBefore) this.entries.set(sessionId, entry);
    return entry.principal;
  }

  /** Drops what `change` (`user:…`, `session:…`, `role:…`) touches. */
  forget(change: string): void {
    this.changes += 1;
    const [kind, subject] = split(change);
    if (kind === 'session') {
      this.entries.delete(subject);
      return;
    }
    for (const [sessionId, { principal }] of this.entries.entries()) {
      if (subject === (kind === 'user' ? principal.id : principal.role)) this.entries.delete(sessionId);
    }
  }

  private forgetAll(): void {
    this.changes += 1;
    this.entries.clear();
  }

  private entryOf({ userId, email, role, rolePermissions, grants, session }: PrincipalFacts): Entry {
    const now = this.clock.milliseconds();
    const inForce = grants.filter(
      ({ startsAt, expiresAt }) => startsAt.getTime() <= now && now < (expiresAt?.getTime() ?? Infinity),
    );
    const held =
      role === 'admin' ? this.catalogue.names() : [...rolePermissions, ...inForce.map((grant) => grant.permission)];
    const turns = grants.flatMap(({ startsAt, expiresAt }) => [startsAt.getTime(), expiresAt?.getTime() ?? Infinity]);
    const { expiresAt, ...facts } = session;
    return {
      principal: new Principal(userId, email, role, new Set(held), facts),
      holdsUntil: Math.min(expiresAt.getTime(), ...turns.filter((turn) => turn > now)),
    };
  }
}

function split(change: string): [string, string] {
  const colon = change.indexOf(':');
  return [change.slice(0, colon), change.slice(colon + 1)];
}
