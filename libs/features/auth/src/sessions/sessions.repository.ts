import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import { RefreshTokenEntity } from './refresh-token.entity.js';
import { SessionEntity } from './session.entity.js';

/** Where a presented refresh token stands. */
export interface TokenState {
  readonly sessionId: string;
  readonly userId: string;
  readonly usedAt: Date | null;
  readonly usedBy: Buffer | null;
  readonly sessionLive: boolean;
}

@Injectable()
export class SessionsRepository {
  constructor(private readonly transactions: Transactions) {}

  async insert(session: SessionEntity): Promise<void> {
    await this.transactions.repository(SessionEntity).insert(session);
  }

  async insertToken(token: RefreshTokenEntity): Promise<void> {
    await this.transactions.repository(RefreshTokenEntity).insert(token);
  }

  /** Marks the token used if it is unused and its session lives; answers whether this call was the one that did. */
  async useToken(hash: Buffer, client: Buffer, now: Date): Promise<TokenState | undefined> {
    const [used] = await this.transactions.query<TokenState>(
      `WITH used AS (
         UPDATE refresh_tokens t SET used_at = $2, used_by = $3 FROM sessions s
         WHERE t.hash = $1 AND t.used_at IS NULL AND s.id = t.session_id AND s.ended_at IS NULL AND s.expires_at > $2
         RETURNING t.session_id, s.user_id)
       SELECT session_id AS "sessionId", user_id AS "userId", NULL AS "usedAt", NULL AS "usedBy", true AS "sessionLive" FROM used`,
      [hash, now, client],
    );
    return used;
  }

  async tokenState(hash: Buffer, now: Date): Promise<TokenState | undefined> {
    const [state] = await this.transactions.query<TokenState>(
      `SELECT t.session_id AS "sessionId", s.user_id AS "userId", t.used_at AS "usedAt", t.used_by AS "usedBy",
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

  async endAllOf(userId: string, reason: string, now: Date): Promise<void> {
    await this.transactions.query(
      'UPDATE sessions SET ended_at = $2, end_reason = $3 WHERE user_id = $1 AND ended_at IS NULL',
      [userId, now, reason],
    );
  }
}
