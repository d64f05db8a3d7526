import { AccessChanges, PrincipalCache } from '@gatehouse/access';
import { Clock } from '@gatehouse/platform/clock';
import { RequestContext } from '@gatehouse/platform/context';
import { Transactions } from '@gatehouse/platform/database';
import { DomainEvents } from '@gatehouse/platform/events';
import { Problem } from '@gatehouse/platform/http';
import { KeyRing } from '@gatehouse/platform/secrets';
import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { RefreshTokenReused } from '../auth.events.js';
import { AccessTokens } from '../tokens/access-tokens.js';
import { newOpaqueToken, successorToken, tokenHash } from '../tokens/opaque-token.js';
import { SessionEntity } from './session.entity.js';
import { SessionsRepository, type TokenState } from './sessions.repository.js';

const lifetimeMs = 7 * 24 * 3_600_000;
/** How long a refresh token that was just used still answers with the same successor, for an answer lost on its way. */
const graceMs = 10_000;

export interface TokenPair {
  readonly accessToken: string;
  readonly expiresAt: Date;
  readonly refreshToken: string;
}

/** Sessions and their tokens: begun by a sign-in, carried on by rotation, ended by sign-out, reuse or a change of password. */
@Injectable()
export class SessionsService {
  private readonly logger = new Logger(SessionsService.name);
  private readonly successorKeys: readonly Buffer[];

  constructor(
    private readonly repository: SessionsRepository,
    private readonly accessTokens: AccessTokens,
    private readonly principals: PrincipalCache,
    private readonly changes: AccessChanges,
    private readonly events: DomainEvents,
    private readonly transactions: Transactions,
    private readonly context: RequestContext,
    private readonly clock: Clock,
    keyRing: KeyRing,
  ) {
    this.successorKeys = keyRing.derive('refresh token successor');
  }

  /**
   * Begins a session for a user who has proved who they are. `confirm` runs in the session's own transaction, and throws
   * where the proof doesn't hold any more.
   */
  async begin(
    userId: string,
    methods: readonly string[],
    secondFactor: boolean,
    confirm?: () => Promise<void>,
  ): Promise<TokenPair> {
    const now = this.clock.now();
    const refreshToken = newOpaqueToken();
    const sessionId = uuidv7();
    const { facts } = this.context;
    if (facts !== undefined) facts.actorId = userId;
    await this.transactions.run(async () => {
      await confirm?.();
      await this.repository.insert({
        id: sessionId,
        userId,
        methods: [...methods],
        secondFactor,
        address: facts?.address ?? null,
        userAgent: facts?.userAgent ?? null,
        createdAt: now,
        expiresAt: new Date(now.getTime() + lifetimeMs),
        endedAt: null,
        endReason: null,
      } satisfies SessionEntity);
      await this.repository.insertToken({
        hash: tokenHash(refreshToken),
        sessionId,
        createdAt: now,
        usedAt: null,
        usedBy: null,
      });
    });
    return this.pair(sessionId, refreshToken);
  }

  /**
   * Exchanges a refresh token for its successor. A used one that comes back ends the whole session, except within the
   * grace window while the successor is unused: then the same successor is answered once more.
   * @throws Problem UNAUTHORIZED
   */
  async refresh(presented: string): Promise<TokenPair> {
    const { sessionId, successor } = await this.rotate(presented);
    return this.pair(sessionId, successor);
  }

  /** Ends a session: its access token is dead at once, everywhere within a second. */
  end(sessionId: string, reason: string): Promise<void> {
    return this.transactions.run(async () => {
      if (await this.repository.end(sessionId, reason, this.clock.now())) await this.changes.session(sessionId);
    });
  }

  /** Ends all of a user's sessions. */
  endAllOf(userId: string, reason: string): Promise<void> {
    return this.transactions.run(async () => {
      await this.repository.endAllOf(userId, reason, this.clock.now());
      await this.changes.user(userId);
    });
  }

  private async rotate(presented: string): Promise<{ sessionId: string; successor: string }> {
    const now = this.clock.now();
    const hash = tokenHash(presented);
    const rotated = await this.transactions.run(async () => {
      const used = await this.repository.useToken(hash, this.client(), now);
      if (used === undefined) return undefined;
      const successor = this.successorsOf(presented)[0] ?? '';
      await this.repository.insertToken({
        hash: tokenHash(successor),
        sessionId: used.sessionId,
        createdAt: now,
        usedAt: null,
        usedBy: null,
      });
      return { sessionId: used.sessionId, successor };
    });
    return rotated ?? this.replay(presented, hash, now);
  }

  private async replay(presented: string, hash: Buffer, now: Date): Promise<{ sessionId: string; successor: string }> {
    const state = await this.repository.tokenState(hash, now);
    if (state?.usedAt == null || !state.sessionLive) throw signInAgain();
    // To the client that used it alone: a thief who is as quick would else shadow every rotation unseen.
    const sameClient = state.usedBy?.equals(this.client()) ?? false;
    if (sameClient && now.getTime() - state.usedAt.getTime() <= graceMs) {
      for (const successor of this.successorsOf(presented)) {
        const next = await this.repository.tokenState(tokenHash(successor), now);
        if (next !== undefined && next.usedAt === null) return { sessionId: state.sessionId, successor };
      }
    }
    await this.endReused(state);
    throw signInAgain();
  }

  private async endReused({ sessionId, userId }: TokenState): Promise<void> {
    this.logger.warn({ event: 'refresh-token.reused', sessionId, userId });
    await this.transactions.run(async () => {
      await this.end(sessionId, 'refresh token reused');
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

  private async pair(sessionId: string, refreshToken: string): Promise<TokenPair> {
    const principal = await this.principals.load(sessionId);
    if (principal === undefined) throw signInAgain();
    const { id: userId, role, permissions } = principal;
    const { token, expiresAt } = await this.accessTokens.issue({
      userId,
      sessionId,
      role,
      permissions: [...permissions],
    });
    return { accessToken: token, expiresAt, refreshToken };
  }
}

function signInAgain(): Problem {
  return new Problem('UNAUTHORIZED', {
    detail: 'The refresh token is not valid; sign in again',
    headers: { 'www-authenticate': 'Bearer realm="gatehouse", error="invalid_token"' },
  });
}
