import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import type { Changes } from './changes.js';

export interface Principal {
  readonly id: string;
  readonly email: string;
  readonly role: string;
  readonly permissions: ReadonlySet<string>;
  readonly session: {
    readonly id: string;
    readonly signedInAt: Date;
    readonly methods: readonly string[];
    readonly secondFactor: boolean;
  };
}

interface Row {
  readonly userId: string;
  readonly email: string;
  readonly role: string;
  readonly rolePermissions: readonly string[];
  readonly grants: readonly { permission: string; startsAt: string; expiresAt: string | null }[];
  readonly sessionId: string;
  readonly signedInAt: Date;
  readonly expiresAt: Date;
  readonly methods: readonly string[];
  readonly secondFactor: boolean;
}

interface Entry {
  readonly principal: Principal;
  readonly holdsUntil: number;
}

const trustMs = 1_000;
const statement = `
  SELECT u.id AS "userId", u.email, u.role, s.id AS "sessionId", s.created_at AS "signedInAt", s.expires_at AS "expiresAt",
         s.methods, s.second_factor AS "secondFactor",
         ARRAY(SELECT permission FROM role_permissions WHERE role_name = u.role) AS "rolePermissions",
         COALESCE((SELECT json_agg(json_build_object('permission', permission, 'startsAt', starts_at, 'expiresAt', expires_at))
                   FROM grants WHERE user_id = u.id AND (expires_at IS NULL OR expires_at > $2)), '[]') AS grants
  FROM sessions s JOIN users u ON u.id = s.user_id
  WHERE s.id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND u.disabled_at IS NULL`;

/** Live principals by session: from memory while changes are surely heard, else from the database. */
export class Principals {
  private readonly entries = new LRUCache<string, Entry>({ max: 50_000 });
  private heard = 0;

  constructor(
    private readonly pool: pg.Pool,
    private readonly changes: Changes,
  ) {
    changes.on('access_changes', (change) => this.forget(change));
  }

  known(sessionId: string): Principal | undefined {
    const entry = this.entries.get(sessionId);
    if (entry === undefined || Date.now() >= entry.holdsUntil) return undefined;
    return this.changes.confirmedWithin(trustMs) ? entry.principal : undefined;
  }

  async load(sessionId: string): Promise<Principal | undefined> {
    const { heard } = this;
    const { rows } = await this.pool.query<Row>({
      name: 'principal',
      text: statement,
      values: [sessionId, new Date()],
    });
    const [row] = rows;
    if (row === undefined) {
      this.entries.delete(sessionId);
      return undefined;
    }
    const entry = entryOf(row);
    if (heard === this.heard) this.entries.set(sessionId, entry);
    return entry.principal;
  }

  private forget(change: string | undefined): void {
    this.heard += 1;
    if (change === undefined) {
      this.entries.clear();
      return;
    }
    const colon = change.indexOf(':');
    const [kind, subject] = [change.slice(0, colon), change.slice(colon + 1)];
    for (const [sessionId, { principal }] of this.entries.entries()) {
      const touched = { session: sessionId, user: principal.id, role: principal.role }[kind];
      if (touched === subject) this.entries.delete(sessionId);
    }
  }
}

function entryOf(row: Row): Entry {
  const now = Date.now();
  const grants = row.grants.map(({ permission, startsAt, expiresAt }) => ({
    permission,
    from: Date.parse(startsAt),
    until: expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt),
  }));
  const inForce = grants.filter(({ from, until }) => from <= now && now < until);
  const turns = grants.flatMap(({ from, until }) => [from, until]).filter((turn) => turn > now);
  const { sessionId: id, signedInAt, methods, secondFactor } = row;
  return {
    principal: {
      id: row.userId,
      email: row.email,
      role: row.role,
      permissions: new Set([...row.rolePermissions, ...inForce.map(({ permission }) => permission)]),
      session: { id, signedInAt, methods, secondFactor },
    },
    holdsUntil: Math.min(row.expiresAt.getTime(), ...turns),
  };
}
