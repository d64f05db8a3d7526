import { UserDeleted, UsersService } from '@gatehouse/features/users';
import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { DomainEvents } from '@gatehouse/platform/events';
import { Mailer } from '@gatehouse/platform/mail';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import {
  IdentityChanged,
  RecoveryCodeUsed,
  RefreshTokenReused,
  SecondFactorDisabled,
  SecondFactorEnabled,
  SecondFactorLocked,
} from './auth.events.js';

/** The mails of signing up and in. Sending doesn't hold the answer up, whose time would tell who has an account. */
@Injectable()
export class AuthMails implements OnModuleInit {
  private readonly logger = new Logger(AuthMails.name);

  constructor(
    private readonly mailer: Mailer,
    private readonly users: UsersService,
    private readonly events: DomainEvents,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  onModuleInit(): void {
    this.events.on(UserDeleted, ({ email }) => this.accountDeleted(email));
    const emailOf = async (userId: string) => (await this.users.get(userId)).email;
    this.events.on(RefreshTokenReused, async ({ userId }) => this.sessionEnded(await emailOf(userId)));
    this.events.on(SecondFactorEnabled, async ({ userId }) => this.secondFactorEnabled(await emailOf(userId)));
    this.events.on(SecondFactorDisabled, async ({ userId }) => this.secondFactorDisabled(await emailOf(userId)));
    this.events.on(SecondFactorLocked, async ({ userId }) => this.secondFactorLocked(await emailOf(userId)));
    this.events.on(RecoveryCodeUsed, async ({ userId, left }) => this.recoveryCodeUsed(await emailOf(userId), left));
    this.events.on(IdentityChanged, async ({ userId, change }) => {
      const email = await emailOf(userId);
      if (change === 'linked') this.googleLinked(email);
      else this.googleUnlinked(email);
    });
  }

  /** Without the name: whoever registers a stranger's address would have us send them words of theirs. */
  verification(email: string, token: string): void {
    this.send(email, 'Confirm your e-mail address', [
      'To finish your registration, open this link and enter the password you chose:',
      this.link('verify-email', token),
      `or send the token and the password to POST /api/auth/email/verify:`,
      token,
      'It is valid for 24 hours. If you did not register, ignore this mail.',
    ]);
  }

  alreadyRegistered(email: string): void {
    this.send(email, 'You already have an account', [
      'Somebody, perhaps you, tried to register with this e-mail address, which has an account already.',
      'Sign in as usual; if you forgot the password, ask for a new one.',
    ]);
  }

  passwordReset(email: string, token: string): void {
    this.send(email, 'Choose a new password', [
      'To choose a new password, open this link within the hour:',
      this.link('reset-password', token),
      'or send the token and the new password to POST /api/auth/password/reset:',
      token,
      'If you did not ask for this, ignore this mail; your password stays as it is.',
    ]);
  }

  invitation(email: string, name: string, token: string): void {
    this.send(email, 'Your account', [
      `Hello ${name},`,
      'an account was made for you. To choose its password, open this link within three days:',
      this.link('reset-password', token),
      'or send the token and the password to POST /api/auth/password/reset:',
      token,
    ]);
  }

  newAddress(email: string, token: string): void {
    this.send(email, 'Confirm your new e-mail address', [
      'Somebody, perhaps you, wants to use this e-mail address for their account. If it is you, open this link:',
      this.link('confirm-email', token),
      'or send the token to POST /api/auth/email/confirm:',
      token,
      'It is valid for 24 hours. If it is not you, ignore this mail.',
    ]);
  }

  /** To the address that somebody else's account already has. */
  addressTaken(email: string): void {
    this.send(email, 'Your e-mail address was asked for', [
      'Somebody, perhaps you, tried to use this e-mail address for another account.',
      'It belongs to your account, and nothing has changed.',
    ]);
  }

  /** To the old address; the new one would be words of whoever asked for it. */
  addressAskedFor(email: string): void {
    this.send(email, 'Another e-mail address for your account', [
      'Somebody who is signed in to your account asked for another e-mail address. It is used once it has been confirmed from there.',
      'If it was not you, ask for a new password: choosing it ends all sessions, and this change with them.',
    ]);
  }

  /** To the old address. */
  addressChanged(email: string): void {
    this.send(email, 'Your e-mail address was changed', [
      'Your account has another e-mail address now. Mail about it goes there, and you sign in with it.',
    ]);
  }

  private accountDeleted(email: string): void {
    this.send(email, 'Your account was deleted', [
      'Your account was deleted, and with it your name, this e-mail address and all that you signed in with.',
      'You may register again at any time.',
    ]);
  }

  passwordChanged(email: string): void {
    this.send(email, 'Your password was changed', [
      'The password of your account was changed, and every session that you had elsewhere was ended.',
      'If that was not you, ask for a new password at once: it ends all sessions again.',
    ]);
  }

  signInLocked(email: string): void {
    this.send(email, 'Too many wrong passwords', [
      'Somebody, perhaps you, tried to sign in to your account with too many wrong passwords.',
      'For a while nobody can sign in with a password, not even with the right one; the more wrong ones follow, the longer. Sessions that you have go on.',
      'If you forgot your password, ask for a new one: choosing it lets you sign in at once.',
    ]);
  }

  currentPasswordLocked(email: string): void {
    this.send(email, 'Too many wrong passwords', [
      'Somebody who is signed in to your account gave a wrong current password too often while changing something.',
      'If that was not you, somebody has a session of yours: ask for a new password, which ends all of them.',
    ]);
  }

  private googleLinked(email: string): void {
    this.send(email, 'Google was linked to your account', [
      'Somebody, most likely you, signed in with the Google account of this address. From now on that Google account signs in to your account here.',
      'If this surprises you, secure your Google account, then sign in with your password and unlink it.',
    ]);
  }

  private googleUnlinked(email: string): void {
    this.send(email, 'Google was unlinked from your account', [
      'Your Google account does not sign in to your account here any more, and your other sessions were ended.',
      'If this surprises you, change your password.',
    ]);
  }

  private sessionEnded(email: string): void {
    this.send(email, 'A session of yours was ended', [
      'A sign-in of yours was used from two places at once, which happens when somebody has copied it.',
      'We ended that session. Sign in again, and change your password if this surprises you.',
    ]);
  }

  private secondFactorEnabled(email: string): void {
    this.send(email, 'Your second factor is enabled', [
      'From now on signing in asks for a code of your authenticator as well.',
      'Your other sessions were ended. Keep the recovery codes where you find them without your phone.',
      'If this was not you, somebody has your password: tell whoever runs this service.',
    ]);
  }

  private secondFactorDisabled(email: string): void {
    this.send(email, 'Your second factor is disabled', [
      'From now on signing in asks for no code any more. Your other sessions were ended.',
      'If this was not you, change your password and enable a second factor again.',
    ]);
  }

  private secondFactorLocked(email: string): void {
    this.send(email, 'Too many wrong codes', [
      'Somebody, perhaps you, got past the first step of signing in to your account and gave too many wrong codes.',
      'For a while no code is taken, not even the right one; the more wrong ones follow, the longer. Sessions that you have go on.',
      'If that was not you, somebody knows your password: choose a new one.',
    ]);
  }

  private recoveryCodeUsed(email: string, left: number): void {
    this.send(email, 'A recovery code was used', [
      `Somebody, probably you, signed in with one of your recovery codes. ${left} of them are left.`,
      'You can make new ones, which replace those, after signing in.',
      'If this was not you, change your password, end all sessions and make new codes.',
    ]);
  }

  /** Built from configuration, never from a request; the token stands in the fragment, which no server's log sees. */
  private link(page: string, token: string): string {
    return `${this.configuration.PUBLIC_URL}/${page}#token=${token}`;
  }

  private send(to: string, subject: string, paragraphs: readonly string[]): void {
    this.mailer.send({ to, subject, paragraphs }).catch((error: unknown) => this.logger.error(error));
  }
}
