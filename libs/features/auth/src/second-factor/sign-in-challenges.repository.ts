import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import { settling, settlingParameters } from '../attempts/attempts.repository.js';
import { type Beginning, holder } from '../sessions/sessions.repository.js';
import { SignInChallengeEntity } from './sign-in-challenge.entity.js';

/** A challenge that may be answered. */
export type OpenChallenge = Pick<SignInChallengeEntity, 'userId' | 'methods' | 'transport'>;

@Injectable()
export class SignInChallengesRepository {
  constructor(private readonly transactions: Transactions) {}

  /**
   * Keeps the challenge and settles the attempts, as {@link SessionsRepository.begin} does with a session, and takes some
   * challenges that have expired away. Answers whether the user may still sign in so.
   */
  async begin(challenge: SignInChallengeEntity, { passwordHash, settlings }: Beginning): Promise<boolean> {
    const { hash, userId, methods, transport, tries, createdAt, expiresAt } = challenge;
    const begun = await this.transactions.query(
      `WITH ${holder('$2', '$8')},
       begun AS (
         INSERT INTO sign_in_challenges (hash, user_id, methods, transport, tries, created_at, expires_at)
         SELECT $1, id, $3, $4, $5, $6::timestamptz, $7 FROM holder RETURNING hash),
       expired AS (
         DELETE FROM sign_in_challenges WHERE hash IN (
           SELECT hash FROM sign_in_challenges WHERE expires_at <= $6 LIMIT 100 FOR UPDATE SKIP LOCKED)),
       ${settling('$6', '$9', '$10')}
       SELECT hash FROM begun`,
      [
        ...[hash, userId, methods, transport, tries, createdAt, expiresAt],
        ...[passwordHash ?? null, ...settlingParameters(settlings)],
      ],
    );
    return begun.length === 1;
  }

  /** Counts a try; answers the challenge while it is open and this try isn't one too many. */
  async countTry(hash: Buffer, atMost: number, now: Date): Promise<OpenChallenge | undefined> {
    const [open] = await this.transactions.query<OpenChallenge>(
      `WITH counted AS (
         UPDATE sign_in_challenges SET tries = tries + 1 WHERE hash = $1 AND expires_at > $2 AND tries < $3 RETURNING *)
       SELECT user_id AS "userId", methods, transport FROM counted`,
      [hash, now, atMost],
    );
    return open;
  }

  /** Takes the challenge away; answers whether it was still there. */
  async use(hash: Buffer): Promise<boolean> {
    const { affected } = await this.challenges.delete({ hash });
    return affected === 1;
  }

  /** Nobody may finish a sign-in that the user began before now. */
  async deleteOf(userId: string): Promise<void> {
    await this.challenges.delete({ userId });
  }

  private get challenges() {
    return this.transactions.repository(SignInChallengeEntity);
  }
}
