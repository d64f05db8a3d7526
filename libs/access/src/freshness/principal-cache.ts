import { Clock } from '@gatehouse/platform/clock';
import { Notifications } from '@gatehouse/platform/database';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { permissionsHeld, turns } from '../decision/holdings.js';
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
 *
 * In this process's memory alone, and not in Redis too: an entry that another process wrote is known to be current only
 * by asking PostgreSQL for a version, which costs as much as the one statement that loads it, or where this process has
 * heard every change since, which a new one, the only one with much to load, has not. Once for each session and process
 * a read from Redis would save half a millisecond (0.2 instead of 0.7), and every decision would hang on it.
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

  private entryOf(facts: PrincipalFacts): Entry {
    const now = this.clock.milliseconds();
    const held = permissionsHeld(facts, this.catalogue, now);
    return {
      principal: new Principal(facts.userId, facts.email, facts.role, held, facts.session),
      holdsUntil: Math.min(facts.session.expiresAt.getTime(), ...turns(facts.grants).filter((turn) => turn > now)),
    };
  }
}

function split(change: string): [string, string] {
  const colon = change.indexOf(':');
  return [change.slice(0, colon), change.slice(colon + 1)];
}
