import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { DomainEvents } from '@gatehouse/platform/events';
import { Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { type Attempt, Attempts, type Reservation } from '../attempts/attempts.service.js';
import { budgets } from '../attempts/budget.js';
import { SecondFactorLocked } from '../auth.events.js';
import { AuthTrail } from '../auth.trail.js';
import { SessionsService, type SignIn, type TokenPair } from '../sessions/sessions.service.js';
import { signInFailed } from '../sign-in/sign-in-failed.js';
import { newOpaqueToken, tokenHash } from '../tokens/opaque-token.js';
import type { VerifySecondFactorDto } from './dto/second-factor-requests.dto.js';
import { type PresentedCode, presentedCode } from './presented-code.js';
import { SecondFactorCodes } from './second-factor-codes.js';
import { type OpenChallenge, SignInChallengesRepository } from './sign-in-challenges.repository.js';

const lifetimeMs = 600_000;
const triesAtMost = 5;

/** What goes with a code to finish a sign-in. */
export interface IssuedChallenge {
  readonly token: string;
  readonly expiresAt: Date;
}

/**
 * Sign-ins that wait for their second factor. What ends the sessions of a user ends these too, so that a challenge that
 * is still there needs no other proof that its first step holds.
 */
@Injectable()
export class SignInChallenges {
  constructor(
    private readonly repository: SignInChallengesRepository,
    private readonly codes: SecondFactorCodes,
    private readonly sessions: SessionsService,
    private readonly attempts: Attempts,
    private readonly events: DomainEvents,
    private readonly trail: AuthTrail,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /**
   * Keeps what was proved so far; the token is good for nothing but to finish this sign-in, once.
   * @throws Problem SIGN_IN_FAILED when the proof doesn't hold any more.
   */
  async issue(proven: Omit<SignIn, 'secondFactor'>): Promise<IssuedChallenge> {
    const { userId, methods, transport = 'bearer', passwordHash, attempts = [], confirm } = proven;
    const token = newOpaqueToken();
    const hash = tokenHash(token);
    const createdAt = this.clock.now();
    const expiresAt = new Date(createdAt.getTime() + lifetimeMs);
    const challenge = { hash, userId, methods: [...methods], transport, tries: 0, createdAt, expiresAt };
    const settlings = this.attempts.settlings(attempts);
    await this.transactions.run(async () => {
      if (!(await this.repository.begin(challenge, { passwordHash, settlings }))) throw signInFailed();
      await confirm?.();
    });
    return { token, expiresAt };
  }

  /**
   * Finishes a sign-in with a code. The try is counted, by the challenge and by the account, before the code is looked at.
   * @param assertPage throws where the page that asks may not have tokens as cookies.
   * @throws Problem SECOND_FACTOR_FAILED
   */
  async answer({ mfaToken, code }: VerifySecondFactorDto, assertPage: () => void): Promise<TokenPair> {
    const hash = tokenHash(mfaToken);
    const presented = presentedCode(code);
    const challenge = await this.repository.countTry(hash, triesAtMost, this.clock.now());
    if (challenge === undefined || presented === undefined) throw secondFactorFailed();
    if (challenge.transport === 'cookie') assertPage();
    const attempt = { budget: budgets.secondFactor, subject: challenge.userId };
    const reservation = await this.attempts.reserve(attempt);
    try {
      if (reservation.allowed) return await this.begin(challenge, hash, presented, attempt);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
    await this.reportFailure(challenge.userId, reservation);
    throw secondFactorFailed();
  }

  private begin(challenge: OpenChallenge, hash: Buffer, code: PresentedCode, attempt: Attempt): Promise<TokenPair> {
    const { userId, methods, transport } = challenge;
    return this.sessions.begin({
      userId,
      methods: [...methods, code.method],
      secondFactor: true,
      transport,
      attempts: [attempt],
      confirm: async () => {
        const accepted = (await this.codes.use(userId, code)) && (await this.repository.use(hash));
        if (!accepted) throw secondFactorFailed();
      },
    });
  }

  private async reportFailure(userId: string, { allowed, locks }: Reservation): Promise<void> {
    this.trail.failed('second-factor.failed', userId, { reason: allowed ? 'wrong code' : 'locked' }, locks);
    for (const { first } of locks) {
      if (first) await this.events.publish(new SecondFactorLocked(userId));
    }
  }
}

function secondFactorFailed(): Problem {
  return new Problem('SECOND_FACTOR_FAILED', { headers: { 'www-authenticate': 'Bearer realm="gatehouse"' } });
}

/** The code or the challenge doesn't count, or the user may not sign in any more: all get one answer. */
function isRefusal(error: unknown): boolean {
  return error instanceof Problem && (error.code === 'SECOND_FACTOR_FAILED' || error.code === 'SIGN_IN_FAILED');
}
