import { AccessChanges } from '@gatehouse/access';
import { Clock } from '@gatehouse/platform/clock';
import { RequestContext } from '@gatehouse/platform/context';
import { Transactions } from '@gatehouse/platform/database';
import { DomainEvents } from '@gatehouse/platform/events';
import { KeyRing } from '@gatehouse/platform/secrets';
import { Injectable } from '@nestjs/common';
import { RefreshTokenReused } from '../auth.events.js';
import { AuthTrail } from '../auth.trail.js';
import { successorToken, tokenHash } from '../tokens/opaque-token.js';
import type { Transport } from './session.entity.js';
import { SessionsRepository, type TokenSession, type TokenState } from './sessions.repository.js';
import { signInAgain } from './sign-in-again.js';

/** How long a refresh token that was just used still answers with the same successor, for an answer lost on its way. */
const graceMs = 10_000;

/** A refresh token as it came. */
export interface PresentedRefreshToken {
  readonly token: string;
  /** It is good the way it was given and no other: else a page could have a browser put somebody's tokens into its cookies. */
  readonly transport: Transport;
  /** Throws unless a page of the session's own sent it; nothing has happened then. */
  readonly confirm?: (sessionId: string) => void;
}

/** A session, and the refresh token that is its next. */
export interface Rotation extends TokenSession {
  readonly successor: string;
}

/** The one use of a refresh token, and what a second one does. */
@Injectable()
export class RefreshRotation {
  private readonly successorKeys: readonly Buffer[];

  constructor(
    private readonly repository: SessionsRepository,
    private readonly changes: AccessChanges,
    private readonly events: DomainEvents,
    private readonly trail: AuthTrail,
    private readonly transactions: Transactions,
    private readonly context: RequestContext,
    private readonly clock: Clock,
    keyRing: KeyRing,
  ) {
    this.successorKeys = keyRing.derive('refresh token successor');
  }

  /**
   * Exchanges a refresh token for its successor. A used one that comes back ends the whole session, except within the
   * grace window while the successor is unused: then the same successor is answered once more.
   * @throws Problem UNAUTHORIZED
   */
  async rotate(presented: PresentedRefreshToken): Promise<Rotation> {
    const { token, transport, confirm } = presented;
    const now = this.clock.now();
    const hash = tokenHash(token);
    const rotated = await this.transactions.run(async () => {
      const used = await this.repository.useToken(hash, transport, this.client(), now);
      if (used === undefined) return undefined;
      confirm?.(used.sessionId);
      const successor = this.successorsOf(token)[0] ?? '';
      await this.repository.insertToken({
        hash: tokenHash(successor),
        sessionId: used.sessionId,
        createdAt: now,
        usedAt: null,
        usedBy: null,
      });
      return { ...used, successor };
    });
    return rotated ?? this.replay(presented, hash, now);
  }

  private async replay(presented: PresentedRefreshToken, hash: Buffer, now: Date): Promise<Rotation> {
    const state = await this.repository.tokenState(hash, now);
    if (state?.usedAt == null || !state.sessionLive || state.transport !== presented.transport) throw signInAgain();
    presented.confirm?.(state.sessionId);
    // To the client that used it alone: a thief who is as quick would else shadow every rotation unseen.
    const sameClient = state.usedBy?.equals(this.client()) ?? false;
    if (sameClient && now.getTime() - state.usedAt.getTime() <= graceMs) {
      for (const successor of this.successorsOf(presented.token)) {
        const next = await this.repository.tokenState(tokenHash(successor), now);
        if (next !== undefined && next.usedAt === null) return { ...state, successor };
      }
    }
    await this.endReused(state);
    throw signInAgain();
  }

  private async endReused({ sessionId, userId }: TokenState): Promise<void> {
    this.trail.reused(userId, sessionId);
    await this.transactions.run(async () => {
      if (await this.repository.end(sessionId, 'refresh token reused', this.clock.now()))
        await this.changes.session(sessionId);
      await this.events.publish(new RefreshTokenReused(userId));
    });
  }

  private client(): Buffer {
    const { address, userAgent } = this.context.facts ?? {};
    return tokenHash(JSON.stringify([address, userAgent]));
  }

  private successorsOf(token: string): string[] {
    return this.successorKeys.map((key) => successorToken(key, token));
  }
}
