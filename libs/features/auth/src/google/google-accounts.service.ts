import type { Principal } from '@gatehouse/access';
import { type UserEntity, UsersService } from '@gatehouse/features/users';
import { Clock } from '@gatehouse/platform/clock';
import { RequestContext } from '@gatehouse/platform/context';
import { databaseFailure, Transactions } from '@gatehouse/platform/database';
import { DomainEvents } from '@gatehouse/platform/events';
import { Problem } from '@gatehouse/platform/http';
import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { IdentityChanged } from '../auth.events.js';
import { AuthTrail } from '../auth.trail.js';
import { SessionsService, type TokenPair } from '../sessions/sessions.service.js';
import { signInFailed } from '../sign-in/sign-in-failed.js';
import type { GoogleProfile } from './google-profile.js';
import { GOOGLE_SETTINGS, type GoogleSettings } from './google-settings.js';
import { IdentitiesRepository } from './identities.repository.js';
import type { IdentityEntity } from './identity.entity.js';

/**
 * Which account somebody has whom Google knows. They are known by issuer and subject alone; the address counts once,
 * when the two are linked, and only where both sides have seen that it is theirs.
 */
@Injectable()
export class GoogleAccounts {
  private readonly issuer: string;

  constructor(
    private readonly identities: IdentitiesRepository,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly events: DomainEvents,
    private readonly trail: AuthTrail,
    private readonly transactions: Transactions,
    private readonly context: RequestContext,
    private readonly clock: Clock,
    @Inject(GOOGLE_SETTINGS) { issuer }: GoogleSettings,
  ) {
    this.issuer = issuer;
  }

  /**
   * The identity of whoever came; linked with the account of the address, or with one made for it, the first time.
   * @throws Problem EMAIL_NOT_VERIFIED, ACCOUNT_NOT_VERIFIED, IDENTITY_CONFLICT or SIGN_IN_FAILED, with nothing linked.
   */
  async identify(profile: GoogleProfile): Promise<IdentityEntity> {
    return this.knownOrLinked(profile).catch((error: unknown) => {
      if (!isConflict(error)) throw error;
      // Another first sign-in was quicker: what it made is there now.
      return this.knownOrLinked(profile);
    });
  }

  /**
   * Unlinks the caller's identity and ends their other sessions, which may have been begun with it.
   * @throws Problem NOT_FOUND when none is linked, LAST_SIGN_IN_METHOD when the account has no password.
   */
  unlink(caller: Principal): Promise<TokenPair> {
    return this.transactions.run(async () => {
      const { passwordHash } = await this.users.lock(caller.id);
      if (!(await this.identities.delete(caller.id, this.issuer))) throw new Problem('NOT_FOUND');
      if (passwordHash === null) {
        throw new Problem('LAST_SIGN_IN_METHOD', {
          detail: 'Set a password first: ask for a mail at POST /api/auth/password/forgot',
        });
      }
      await this.events.publish(new IdentityChanged(caller.id, 'unlinked'));
      await this.trail.done('google.unlinked', caller.id);
      return this.sessions.renew(caller, 'google unlinked');
    });
  }

  private async knownOrLinked(profile: GoogleProfile): Promise<IdentityEntity> {
    const known = await this.identities.bySubject(this.issuer, profile.subject);
    if (known !== null) return known;
    const { verifiedEmail: email } = profile;
    if (email === undefined) throw new Problem('EMAIL_NOT_VERIFIED');
    const user = await this.users.findByEmail(email);
    if (user === null) return this.register(profile, email);
    if (this.context.facts !== undefined) this.context.facts.actorId = user.id;
    return this.link(profile, email);
  }

  private register({ subject, name }: GoogleProfile, email: string): Promise<IdentityEntity> {
    return this.transactions.run(async () => {
      const user = await this.users.create({
        email,
        name: presentable(name) ?? presentable(email.split('@', 1)[0]) ?? 'Unnamed',
        role: 'customer',
        passwordHash: null,
        emailVerified: true,
      });
      return this.insert(user, subject, email);
    });
  }

  private link({ subject }: GoogleProfile, email: string): Promise<IdentityEntity> {
    return this.transactions.run(async () => {
      const user = await this.users.lockByEmail(email);
      if (user === null) throw new Problem('CONFLICT');
      if (user.disabledAt !== null) throw signInFailed();
      // Whoever had it made for this address has yet to be its owner: they could wait for somebody to make it worth it.
      if (user.emailVerifiedAt === null) {
        throw new Problem('ACCOUNT_NOT_VERIFIED', { detail: 'Set its password with the token that was mailed first' });
      }
      const linked = await this.identities.ofUser(user.id, this.issuer);
      // Another first sign-in of the same person was quicker.
      if (linked?.subject === subject) return linked;
      if (linked !== null) {
        // An address may pass on to another person; their Google account isn't this one's.
        throw new Problem('IDENTITY_CONFLICT', { detail: 'Sign in with your password and unlink the other one first' });
      }
      const identity = await this.insert(user, subject, email);
      await this.events.publish(new IdentityChanged(user.id, 'linked'));
      return identity;
    });
  }

  private async insert({ id: userId }: UserEntity, subject: string, email: string): Promise<IdentityEntity> {
    const identity = { id: uuidv7(), issuer: this.issuer, subject, userId, email, createdAt: this.clock.now() };
    await this.identities.insert(identity);
    await this.trail.done('google.linked', userId);
    return identity;
  }
}

function isConflict(error: unknown): boolean {
  return databaseFailure(error) === 'conflict' || (error instanceof Problem && error.code === 'CONFLICT');
}

/** A name as it may stand in an account, if anything is left of it: no more than 100 characters, none that can't be seen. */
function presentable(name = ''): string | undefined {
  const seen = [...name.replaceAll(/\p{C}/gu, '').trim()].slice(0, 100).join('').trim();
  return seen === '' ? undefined : seen;
}
