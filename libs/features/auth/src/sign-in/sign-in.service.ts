import { clientNetwork } from '@gatehouse/access';
import { type UserEntity, UsersService } from '@gatehouse/features/users';
import { RequestContext } from '@gatehouse/platform/context';
import { Jobs } from '@gatehouse/platform/jobs';
import { Injectable } from '@nestjs/common';
import { type Attempt, Attempts, type Reservation } from '../attempts/attempts.service.js';
import { budgets, signInByAccount } from '../attempts/budget.js';
import { AuthTrail } from '../auth.trail.js';
import { PasswordUpgrade } from '../passwords/password-upgrade.js';
import { Passwords } from '../passwords/passwords.js';
import { type IssuedChallenge, SignInChallenges } from '../second-factor/sign-in-challenges.service.js';
import { SessionsService, type SignIn, type TokenPair } from '../sessions/sessions.service.js';
import type { LoginDto } from './dto/sign-in-requests.dto.js';
import { signInFailed } from './sign-in-failed.js';

/** Where a sign-in got to: a session, or a challenge to be answered with a code of the second factor. */
export type SignInOutcome =
  | { readonly kind: 'signed in'; readonly tokens: TokenPair }
  | ({ readonly kind: 'second factor' } & IssuedChallenge);

@Injectable()
export class SignInService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly upgrade: PasswordUpgrade,
    private readonly attempts: Attempts,
    private readonly sessions: SessionsService,
    private readonly challenges: SignInChallenges,
    private readonly jobs: Jobs,
    private readonly trail: AuthTrail,
    private readonly context: RequestContext,
  ) {}

  /**
   * Signs in with a password. Unknown, wrong, locked, without a password and disabled cost the same work and get the same
   * answer.
   * @throws Problem SIGN_IN_FAILED
   */
  async signIn({ email, password, transport = 'bearer' }: LoginDto): Promise<SignInOutcome> {
    const user = await this.users.findByEmail(email);
    const attempts = this.attemptsFor(email);
    let reservation: Reservation = { allowed: false, locks: [] };
    const matches = await this.passwords.matches(user?.passwordHash, password, async () => {
      reservation = await this.attempts.reserve(...attempts);
      return reservation.allowed;
    });
    if (user === null || user.passwordHash === null || user.disabledAt !== null || !matches) {
      await this.reportFailure(email, user, reservation);
      throw signInFailed();
    }
    const { id: userId, passwordHash } = user;
    const outcome = await this.complete({ userId, methods: ['password'], transport, passwordHash, attempts });
    this.upgrade.begin(userId, passwordHash, password);
    return outcome;
  }

  /**
   * The rest of a sign-in, however somebody proved who they are: begins the session, or asks for the second factor where
   * one is enabled.
   * @throws Problem SIGN_IN_FAILED when the proof doesn't hold any more.
   */
  async complete(proven: Omit<SignIn, 'secondFactor'>): Promise<SignInOutcome> {
    const tokens = await this.sessions.beginWithoutSecondFactor(proven);
    if (tokens !== undefined) return { kind: 'signed in', tokens };
    return { kind: 'second factor', ...(await this.challenges.issue(proven)) };
  }

  private attemptsFor(email: string): Attempt[] {
    const address = this.context.facts?.address;
    const byAddress =
      address === undefined ? [] : [{ budget: budgets.signInByAddress, subject: clientNetwork(address) }];
    return [...byAddress, signInByAccount(email)];
  }

  private async reportFailure(email: string, user: UserEntity | null, { allowed, locks }: Reservation): Promise<void> {
    const reason = allowed ? whyNot(user) : 'locked';
    this.trail.failed('sign-in.failed', user?.id, { method: 'password', reason }, locks);
    const firstLock = locks.some(({ kind, first }) => first && kind === budgets.signInByAccount.kind);
    // Whether or not the address has an account: the time of the answer would tell.
    if (firstLock) await this.jobs.enqueue('auth.sign-in-locked', { email });
  }
}

/** For the trail alone: the answer is the same. */
function whyNot(user: UserEntity | null): string {
  if (user === null) return 'unknown';
  if (user.disabledAt !== null) return 'disabled';
  return user.passwordHash === null ? 'no password' : 'wrong password';
}
