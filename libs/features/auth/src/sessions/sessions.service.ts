import { AccessChanges, type Principal, PrincipalCache } from '@gatehouse/access';
import { Clock } from '@gatehouse/platform/clock';
import { RequestContext } from '@gatehouse/platform/context';
import { Transactions } from '@gatehouse/platform/database';
import { Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { type Attempt, Attempts } from '../attempts/attempts.service.js';
import { AuthTrail } from '../auth.trail.js';
import { EmailChangesRepository } from '../email/email-changes.repository.js';
import { SignInCodesRepository } from '../google/sign-in-codes.repository.js';
import { SignInChallengesRepository } from '../second-factor/sign-in-challenges.repository.js';
import { signInFailed } from '../sign-in/sign-in-failed.js';
import { AccessTokens } from '../tokens/access-tokens.js';
import { newOpaqueToken, tokenHash } from '../tokens/opaque-token.js';
import { type PresentedRefreshToken, RefreshRotation } from './refresh-rotation.js';
import type { SessionEntity, Transport } from './session.entity.js';
import { SessionsRepository } from './sessions.repository.js';
import { signInAgain } from './sign-in-again.js';

const lifetimeMs = 7 * 24 * 3_600_000;

export interface TokenPair {
  readonly accessToken: string;
  readonly expiresAt: Date;
  readonly refreshToken: string;
  readonly session: IssuedSession;
}

/** What a session records of its sign-in. */
export type Proof = Pick<SignIn, 'methods' | 'secondFactor'>;

export interface IssuedSession {
  readonly id: string;
  readonly transport: Transport;
  readonly expiresAt: Date;
}

/** Somebody who has proved who they are. */
export interface SignIn {
  readonly userId: string;
  /** How: `password`, `google`, `otp`, `recovery-code`. */
  readonly methods: readonly string[];
  readonly secondFactor: boolean;
  /** `bearer` unless said otherwise. */
  readonly transport?: Transport;
  /** The hash that the password matched: there is no session where the user has another one by now. */
  readonly passwordHash?: string;
  /** Tries that were reserved for it and turned out right. */
  readonly attempts?: readonly Attempt[];
  /**
   * Runs in the session's own transaction, where what would change how the user signs in waits for it, and throws where
   * the proof doesn't hold any more.
   */
  readonly confirm?: () => Promise<void>;
}

/** Sessions and their tokens: begun by a sign-in, carried on by rotation, ended by sign-out, reuse or a change of password. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly repository: SessionsRepository,
    private readonly rotation: RefreshRotation,
    private readonly emailChanges: EmailChangesRepository,
    private readonly challenges: SignInChallengesRepository,
    private readonly codes: SignInCodesRepository,
    private readonly accessTokens: AccessTokens,
    private readonly attempts: Attempts,
    private readonly trail: AuthTrail,
    private readonly principals: PrincipalCache,
    private readonly changes: AccessChanges,
    private readonly transactions: Transactions,
    private readonly context: RequestContext,
    private readonly clock: Clock,
  ) {}

  /**
   * Begins a session for a user who has proved who they are.
   * @throws Problem SIGN_IN_FAILED when they are disabled or have another password by now.
   */
  async begin(signIn: SignIn): Promise<TokenPair> {
    const begun = await this.put(signIn, false);
    if (begun === undefined) throw signInFailed();
    return begun;
  }

  /** The same for one who hasn't given a second factor: where one is enabled nothing begins, and there are no tokens. */
  beginWithoutSecondFactor(signIn: Omit<SignIn, 'secondFactor'>): Promise<TokenPair | undefined> {
    return this.put({ ...signIn, secondFactor: false }, true);
  }

  /**
   * Does what {@link endAllOf} does and puts another session in the place of the one that asks, with the same sign-in and
   * the same end (ASVS 5.0, 7.4.3): for changes after which whoever else holds a token must sign in anew. `proof` says
   * what of the sign-in is different now.
   */
  async renew(principal: Principal, reason: string, proof: Partial<Proof> = {}): Promise<TokenPair> {
    const { methods, secondFactor } = { ...principal.session, ...proof };
    const refreshToken = newOpaqueToken();
    const id = uuidv7();
    const transport = await this.transactions.run(async () => {
      const renewal = { id, methods, secondFactor, tokenHash: tokenHash(refreshToken) };
      await this.repository.lockUser(principal.id);
      const kept = await this.repository.replace(principal.session.id, renewal, reason, this.clock.now());
      if (kept === undefined) throw signInAgain();
      await this.endOthers(principal.id, reason, id);
      return kept;
    });
    return this.pair(id, refreshToken, transport);
  }

  /** The user's live sessions, the one last seen first. */
  list(userId: string): Promise<SessionEntity[]> {
    return this.repository.liveOf(userId);
  }

  /**
   * Exchanges a refresh token for the next pair of its session.
   * @throws Problem UNAUTHORIZED
   */
  async refresh(presented: PresentedRefreshToken | undefined): Promise<TokenPair> {
    if (presented === undefined) throw signInAgain();
    const { sessionId, transport, successor } = await this.rotation.rotate(presented);
    return this.pair(sessionId, successor, transport);
  }

  /** Ends a session: its access token is dead at once, everywhere within a second. Answers whether it was alive. */
  end(sessionId: string, reason: string): Promise<boolean> {
    return this.transactions.run(async () => {
      const ended = await this.repository.end(sessionId, reason, this.clock.now());
      if (ended) await this.changes.session(sessionId);
      return ended;
    });
  }

  /** Ends all of a user's sessions, begun or half begun, and with them a change of address that one of them asked for. */
  endAllOf(userId: string, reason: string): Promise<void> {
    return this.transactions.run(async () => {
      // Else a session that is being renewed at this moment would be missed under its new id.
      await this.repository.lockUser(userId);
      await this.endOthers(userId, reason);
    });
  }

  private async put(signIn: SignIn, asksSecondFactor: boolean): Promise<TokenPair | undefined> {
    const { userId, methods, secondFactor, transport = 'bearer', passwordHash, attempts = [], confirm } = signIn;
    const now = this.clock.now();
    const refreshToken = newOpaqueToken();
    const { facts } = this.context;
    if (facts !== undefined) facts.actorId = userId;
    const session: SessionEntity = {
      id: uuidv7(),
      userId,
      methods: [...methods],
      secondFactor,
      transport,
      address: facts?.address ?? null,
      userAgent: facts?.userAgent ?? null,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: new Date(now.getTime() + lifetimeMs),
      endedAt: null,
      endReason: null,
    };
    const settlings = this.attempts.settlings(attempts);
    const beginning = { tokenHash: tokenHash(refreshToken), passwordHash, settlings, asksSecondFactor };
    const begin = async () => {
      const found = await this.repository.begin(session, beginning);
      if (found === 'refused') throw signInFailed();
      if (found === 'begun') await confirm?.();
      return found;
    };
    const outcome = await this.transactions.run(begin).catch((error: unknown) => {
      // Who has not signed in after all is not who did what follows.
      delete facts?.actorId;
      if (isRefusal(error)) this.trail.failed('sign-in.failed', userId, { method: methods[0], reason: 'proof void' });
      throw error;
    });
    if (outcome === 'begun') {
      if (facts !== undefined) facts.sessionId = session.id;
      await this.trail.done('sign-in.done', userId, { methods, secondFactor, transport });
      return this.pair(session.id, refreshToken, transport);
    }
    // Who is half signed in acts as nobody yet.
    delete facts?.actorId;
    return undefined;
  }

  private async endOthers(userId: string, reason: string, except?: string): Promise<void> {
    await this.repository.endAllOf(userId, reason, this.clock.now(), except);
    await this.challenges.deleteOf(userId);
    await this.codes.deleteOf(userId);
    await this.emailChanges.deleteOf(userId);
    await this.changes.user(userId);
  }

  private async pair(sessionId: string, refreshToken: string, transport: Transport): Promise<TokenPair> {
    const principal = await this.principals.load(sessionId);
    if (principal === undefined) throw signInAgain();
    const { id: userId, role, permissions, session } = principal;
    // A cookie has 4 kB at most, and its client asks GET /api/auth/session.
    const told = transport === 'cookie' ? [] : [...permissions];
    const { token, expiresAt } = await this.accessTokens.issue({ userId, sessionId, role, permissions: told });
    return {
      accessToken: token,
      expiresAt,
      refreshToken,
      session: { id: sessionId, transport, expiresAt: session.expiresAt },
    };
  }
}

/** They are disabled, or what they proved it by doesn't hold any more. */
function isRefusal(error: unknown): boolean {
  return error instanceof Problem && error.code === 'SIGN_IN_FAILED';
}
