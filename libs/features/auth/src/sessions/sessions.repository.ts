import { LoadsResource, type ResourceLoader } from '@gatehouse/access';
import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import { IsNull, MoreThan } from 'typeorm';
import { type Settling, settling, settlingParameters } from '../attempts/attempts.repository.js';
import { RefreshTokenEntity } from './refresh-token.entity.js';
import { SessionEntity, type Transport } from './session.entity.js';

/** The session that a refresh token belongs to. */
export interface TokenSession {
  readonly sessionId: string;
  readonly userId: string;
  readonly transport: Transport;
}

/** Where a presented refresh token stands. */
export interface TokenState extends TokenSession {
  readonly usedAt: Date | null;
  readonly usedBy: Buffer | null;
  readonly sessionLive: boolean;
}

/** What a session is renewed into. */
export interface Renewal {
  readonly id: string;
  readonly tokenHash: Buffer;
  readonly methods: readonly string[];
  readonly secondFactor: boolean;
}

/** What a sign-in stands on that a session or a challenge begins with. */
export interface Beginning {
  /** The hash that the password matched, where one did. */
  readonly passwordHash: string | undefined;
  readonly settlings: readonly Settling[];
}

export interface SessionBeginning extends Beginning {
  readonly tokenHash: Buffer;
  /** Whether an enabled second factor stands in its way. */
  readonly asksSecondFactor: boolean;
}

/**
 * A clause of a WITH: the user, unless they are disabled or have another password by now. What would change that, or how
 * they sign in, waits for the open transaction.
 */
export function holder($userId: string, $passwordHash: string): string {
  return `holder AS (
    SELECT id FROM users WHERE id = ${$userId} AND disabled_at IS NULL
      AND (${$passwordHash}::text IS NULL OR password_hash = ${$passwordHash}) FOR SHARE)`;
}

@Injectable()
@LoadsResource()
export class SessionsRepository implements ResourceLoader<SessionEntity> {
  readonly entity = SessionEntity;

  constructor(
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  private get sessions() {
    return this.transactions.repository(SessionEntity);
  }

  /** A session that lives; one that has ended is as good as none. */
  async load(id: string): Promise<SessionEntity | undefined> {
    return (await this.sessions.findOneBy({ id, ...this.live })) ?? undefined;
  }

  liveOf(userId: string): Promise<SessionEntity[]> {
    return this.sessions.find({ where: { userId, ...this.live }, order: { lastSeenAt: 'DESC', id: 'DESC' } });
  }

  /**
   * Puts the session and its first refresh token in place and settles the attempts, in one statement; nothing of it where
   * the user is disabled, has another password by now, or has a second factor that is asked for. What would change that
   * waits for the open transaction, and so finds the session.
   */
  async begin(session: SessionEntity, beginning: SessionBeginning): Promise<'begun' | 'refused' | 'second factor'> {
    const { id, userId, methods, secondFactor, transport, address, userAgent, createdAt, expiresAt } = session;
    const { tokenHash, passwordHash, settlings, asksSecondFactor } = beginning;
    const [found] = await this.transactions.query<{ held: boolean; begun: boolean }>(
      `WITH ${holder('$2', '$11')},
       begun AS (
         INSERT INTO sessions (id, user_id, methods, second_factor, transport, address, user_agent, created_at, last_seen_at, expires_at)
         SELECT $1, id, $3, $4, $5, $6, $7, $8::timestamptz, $8, $9 FROM holder
         WHERE NOT ($14 AND second_factor_enabled(id)) RETURNING id),
       token AS (INSERT INTO refresh_tokens (hash, session_id, created_at) SELECT $10, id, $8 FROM begun),
       ${settling('$8', '$12', '$13', 'begun')}
       SELECT EXISTS (SELECT FROM begun) AS begun, EXISTS (SELECT FROM holder) AS held`,
      [
        ...[id, userId, methods, secondFactor, transport, address, userAgent, createdAt, expiresAt],
        ...[tokenHash, passwordHash ?? null, ...settlingParameters(settlings), asksSecondFactor],
      ],
    );
    if (found?.begun === true) return 'begun';
    return found?.held === true ? 'second factor' : 'refused';
  }

  async insertToken(token: RefreshTokenEntity): Promise<void> {
    await this.transactions.repository(RefreshTokenEntity).insert(token);
  }

  /** Keeps the user's sessions as they are until the transaction ends: none begins and none is renewed meanwhile. */
  async lockUser(userId: string): Promise<void> {
    await this.transactions.query('SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE', [userId]);
  }

  /**
   * Marks the token used if it is unused, its session lives and its tokens travel this way; answers whether this call was
   * the one that did.
   */
  async useToken(hash: Buffer, transport: Transport, client: Buffer, now: Date): Promise<TokenSession | undefined> {
    const [used] = await this.transactions.query<TokenSession>(
      `WITH used AS (
         UPDATE refresh_tokens t SET used_at = $2, used_by = $3 FROM sessions s
         WHERE t.hash = $1 AND t.used_at IS NULL AND s.id = t.session_id AND s.ended_at IS NULL AND s.expires_at > $2
           AND s.transport = $4
         RETURNING t.session_id, s.user_id, s.transport),
       seen AS (UPDATE sessions SET last_seen_at = $2 FROM used WHERE id = used.session_id)
       SELECT session_id AS "sessionId", user_id AS "userId", transport FROM used`,
      [hash, now, client, transport],
    );
    return used;
  }

  async tokenState(hash: Buffer, now: Date): Promise<TokenState | undefined> {
    const [state] = await this.transactions.query<TokenState>(
      `SELECT t.session_id AS "sessionId", s.user_id AS "userId", s.transport, t.used_at AS "usedAt", t.used_by AS "usedBy",
              (s.ended_at IS NULL AND s.expires_at > $2) AS "sessionLive"
       FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.hash = $1`,
      [hash, now],
    );
    return state;
  }

  /** Ends the session; answers whether it was alive. */
  async end(id: string, reason: string, now: Date): Promise<boolean> {
    const rows = await this.transactions.query<{ id: string }>(
      `WITH ended AS (UPDATE sessions SET ended_at = $2, end_reason = $3 WHERE id = $1 AND ended_at IS NULL RETURNING id)
       SELECT id FROM ended`,
      [id, now, reason],
    );
    return rows.length === 1;
  }

  /** Ends all of the user's sessions, `except` that one. */
  async endAllOf(userId: string, reason: string, now: Date, except?: string): Promise<void> {
    await this.transactions.query(
      `UPDATE sessions SET ended_at = $2, end_reason = $3
       WHERE user_id = $1 AND ended_at IS NULL AND id IS DISTINCT FROM $4`,
      [userId, now, reason, except ?? null],
    );
  }

  /** Ends the session and puts another in its place, of the same sign-in; answers its transport, or nothing if it had ended. */
  async replace(id: string, renewal: Renewal, reason: string, now: Date): Promise<Transport | undefined> {
    const [begun] = await this.transactions.query<{ transport: Transport }>(
      `WITH ended AS (UPDATE sessions SET ended_at = $2, end_reason = $3 WHERE id = $1 AND ended_at IS NULL RETURNING *),
       begun AS (
         INSERT INTO sessions (id, user_id, methods, second_factor, transport, address, user_agent, created_at, last_seen_at, expires_at)
         SELECT $4, user_id, $5, $6, transport, address, user_agent, created_at, $2, expires_at FROM ended RETURNING id, transport),
       token AS (INSERT INTO refresh_tokens (hash, session_id, created_at) SELECT $7, id, $2 FROM begun)
       SELECT transport FROM begun`,
      [id, now, reason, renewal.id, renewal.methods, renewal.secondFactor, renewal.tokenHash],
    );
    return begun?.transport;
  }

  private get live() {
    return { endedAt: IsNull(), expiresAt: MoreThan(this.clock.now()) };
  }
}
