import { System } from '@gatehouse/access';
import { UserDeleted, UserInvited, UsersService } from '@gatehouse/features/users';
import { DomainEvents } from '@gatehouse/platform/events';
import { JobConsumer } from '@gatehouse/platform/jobs';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  IdentityChanged,
  RecoveryCodeUsed,
  RefreshTokenReused,
  SecondFactorDisabled,
  SecondFactorEnabled,
  SecondFactorLocked,
} from './auth.events.js';
import { AuthMails } from './auth.mails.js';
import { PasswordResetService } from './passwords/password-reset.service.js';
import { RegistrationService } from './registration/registration.service.js';

/** What somebody is told about their account by mail. */
type Notice =
  | { readonly kind: 'session ended' | 'factor enabled' | 'factor disabled' | 'factor locked' }
  | { readonly kind: 'google linked' | 'google unlinked' }
  | { readonly kind: 'recovery code used'; readonly left: number };

declare global {
  interface GatehouseJobs {
    /** Of any address, whether or not it has an account: what is done about it is nobody's business who asked. */
    'auth.password-forgotten': { email: string };
    'auth.verification-wanted': { email: string };
    'auth.sign-in-locked': { email: string };
    'auth.invited': { userId: string };
    'auth.noticed': { userId: string; notice: Notice };
  }
}

/** What follows from signing up and in, behind the back of whoever asked. */
@Injectable()
export class AuthJobs implements OnModuleInit {
  constructor(
    private readonly events: DomainEvents,
    private readonly users: UsersService,
    private readonly mails: AuthMails,
    private readonly passwordReset: PasswordResetService,
    private readonly registration: RegistrationService,
  ) {}

  onModuleInit(): void {
    const { events } = this;
    events.starts(UserInvited, 'auth.invited', ({ userId }) => ({ userId }));
    // Once it is done nobody knows the address any more.
    events.starts(UserDeleted, 'mail.send', ({ email }) => this.mails.accountDeleted(email));
    events.starts(RefreshTokenReused, 'auth.noticed', ({ userId }) => ({ userId, notice: { kind: 'session ended' } }));
    events.starts(SecondFactorEnabled, 'auth.noticed', ({ userId }) => ({
      userId,
      notice: { kind: 'factor enabled' },
    }));
    events.starts(SecondFactorDisabled, 'auth.noticed', ({ userId }) => ({
      userId,
      notice: { kind: 'factor disabled' },
    }));
    events.starts(SecondFactorLocked, 'auth.noticed', ({ userId }) => ({ userId, notice: { kind: 'factor locked' } }));
    events.starts(RecoveryCodeUsed, 'auth.noticed', ({ userId, left }) => ({
      userId,
      notice: { kind: 'recovery code used', left },
    }));
    events.starts(IdentityChanged, 'auth.noticed', ({ userId, change }) => ({
      userId,
      notice: { kind: `google ${change}` },
    }));
  }

  @JobConsumer('auth.password-forgotten')
  @System()
  passwordForgotten({ email }: GatehouseJobs['auth.password-forgotten']): Promise<void> {
    return this.passwordReset.mailToken(email);
  }

  @JobConsumer('auth.verification-wanted')
  @System()
  verificationWanted({ email }: GatehouseJobs['auth.verification-wanted']): Promise<void> {
    return this.registration.mailAgain(email);
  }

  @JobConsumer('auth.invited')
  @System()
  invited({ userId }: GatehouseJobs['auth.invited']): Promise<void> {
    return this.passwordReset.invite(userId);
  }

  @JobConsumer('auth.sign-in-locked')
  @System()
  async signInLocked({ email }: GatehouseJobs['auth.sign-in-locked']): Promise<void> {
    const user = await this.users.findByEmail(email);
    if (user === null || user.passwordHash === null || user.disabledAt !== null) return;
    await this.mails.signInLocked(user.email);
  }

  @JobConsumer('auth.noticed')
  @System()
  async noticed({ userId, notice }: GatehouseJobs['auth.noticed']): Promise<void> {
    const { email, deletedAt } = await this.users.get(userId);
    // Deleted meanwhile: there is no address left to tell.
    if (deletedAt === null) await this.tell(email, notice);
  }

  private tell(email: string, notice: Notice): Promise<void> {
    switch (notice.kind) {
      case 'session ended':
        return this.mails.sessionEnded(email);
      case 'factor enabled':
        return this.mails.secondFactorEnabled(email);
      case 'factor disabled':
        return this.mails.secondFactorDisabled(email);
      case 'factor locked':
        return this.mails.secondFactorLocked(email);
      case 'google linked':
        return this.mails.googleLinked(email);
      case 'google unlinked':
        return this.mails.googleUnlinked(email);
      case 'recovery code used':
        return this.mails.recoveryCodeUsed(email, notice.left);
    }
  }
}
