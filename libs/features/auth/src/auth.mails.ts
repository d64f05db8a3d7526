import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { type Mail, Outbox } from '@gatehouse/platform/mail';
import { Inject, Injectable } from '@nestjs/common';

/** The mails of signing up and in; each is put in the outbox, on the open transaction. */
@Injectable()
export class AuthMails {
  constructor(
    private readonly outbox: Outbox,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  /** Without the name: whoever registers a stranger's address would have us send them words of theirs. */
  verification(email: string, token: string): Promise<void> {
    return this.send(email, 'Confirm your e-mail address', [
      'To finish your registration, open this link and enter the password you chose:',
      this.link('verify-email', token),
      `or send the token and the password to POST /api/auth/email/verify:`,
      token,
      'It is valid for 24 hours. If you did not register, ignore this mail.',
    ]);
  }

  alreadyRegistered(email: string): Promise<void> {
    return this.send(email, 'You already have an account', [
      'Somebody, perhaps you, tried to register with this e-mail address, which has an account already.',
      'Sign in as usual; if you forgot the password, ask for a new one.',
    ]);
  }

  passwordReset(email: string, token: string): Promise<void> {
    return this.send(email, 'Choose a new password', [
      'To choose a new password, open this link within the hour:',
      this.link('reset-password', token),
      'or send the token and the new password to POST /api/auth/password/reset:',
      token,
      'If you did not ask for this, ignore this mail; your password stays as it is.',
    ]);
  }

  invitation(email: string, name: string, token: string): Promise<void> {
    return this.send(email, 'Your account', [
      `Hello ${name},`,
      'an account was made for you. To choose its password, open this link within three days:',
      this.link('reset-password', token),
      'or send the token and the password to POST /api/auth/password/reset:',
      token,
    ]);
  }

  newAddress(email: string, token: string): Promise<void> {
    return this.send(email, 'Confirm your new e-mail address', [
      'Somebody, perhaps you, wants to use this e-mail address for their account. If it is you, open this link:',
      this.link('confirm-email', token),
      'or send the token to POST /api/auth/email/confirm:',
      token,
      'It is valid for 24 hours. If it is not you, ignore this mail.',
    ]);
  }

  /** To the address that somebody else's account already has. */
  addressTaken(email: string): Promise<void> {
    return this.send(email, 'Your e-mail address was asked for', [
      'Somebody, perhaps you, tried to use this e-mail address for another account.',
      'It belongs to your account, and nothing has changed.',
    ]);
  }

  /** To the old address; the new one would be words of whoever asked for it. */
  addressAskedFor(email: string): Promise<void> {
    return this.send(email, 'Another e-mail address for your account', [
      'Somebody who is signed in to your account asked for another e-mail address. It is used once it has been confirmed from there.',
      'If it was not you, ask for a new password: choosing it ends all sessions, and this change with them.',
    ]);
  }

  /** To the old address. */
  addressChanged(email: string): Promise<void> {
    return this.send(email, 'Your e-mail address was changed', [
      'Your account has another e-mail address now. Mail about it goes there, and you sign in with it.',
    ]);
  }

  accountDeleted(email: string): Mail {
    return {
      to: email,
      subject: 'Your account was deleted',
      paragraphs: [
        'Your account was deleted, and with it your name, this e-mail address and all that you signed in with.',
        'You may register again at any time.',
      ],
    };
  }

  passwordChanged(email: string): Promise<void> {
    return this.send(email, 'Your password was changed', [
      'The password of your account was changed, and every session that you had elsewhere was ended.',
      'If that was not you, ask for a new password at once: it ends all sessions again.',
    ]);
  }

  signInLocked(email: string): Promise<void> {
    return this.send(email, 'Too many wrong passwords', [
      'Somebody, perhaps you, tried to sign in to your account with too many wrong passwords.',
      'For a while nobody can sign in with a password, not even with the right one; the more wrong ones follow, the longer. Sessions that you have go on.',
      'If you forgot your password, ask for a new one: choosing it lets you sign in at once.',
    ]);
  }

  currentPasswordLocked(email: string): Promise<void> {
    return this.send(email, 'Too many wrong passwords', [
      'Somebody who is signed in to your account gave a wrong current password too often while changing something.',
      'If that was not you, somebody has a session of yours: ask for a new password, which ends all of them.',
    ]);
  }

  googleLinked(email: string): Promise<void> {
    return this.send(email, 'Google was linked to your account', [
      'Somebody, most likely you, signed in with the Google account of this address. From now on that Google account signs in to your account here.',
      'If this surprises you, secure your Google account, then sign in with your password and unlink it.',
    ]);
  }

  googleUnlinked(email: string): Promise<void> {
    return this.send(email, 'Google was unlinked from your account', [
      'Your Google account does not sign in to your account here any more, and your other sessions were ended.',
      'If this surprises you, change your password.',
    ]);
  }

  sessionEnded(email: string): Promise<void> {
    return this.send(email, 'A session of yours was ended', [
      'A sign-in of yours was used from two places at once, which happens when somebody has copied it.',
      'We ended that session. Sign in again, and change your password if this surprises you.',
    ]);
  }

  secondFactorEnabled(email: string): Promise<void> {
    return this.send(email, 'Your second factor is enabled', [
      'From now on signing in asks for a code of your authenticator as well.',
      'Your other sessions were ended. Keep the recovery codes where you find them without your phone.',
      'If this was not you, somebody has your password: tell whoever runs this service.',
    ]);
  }

  secondFactorDisabled(email: string): Promise<void> {
    return this.send(email, 'Your second factor is disabled', [
      'From now on signing in asks for no code any more. Your other sessions were ended.',
      'If this was not you, change your password and enable a second factor again.',
    ]);
  }

  secondFactorLocked(email: string): Promise<void> {
    return this.send(email, 'Too many wrong codes', [
      'Somebody, perhaps you, got past the first step of signing in to your account and gave too many wrong codes.',
      'For a while no code is taken, not even the right one; the more wrong ones follow, the longer. Sessions that you have go on.',
      'If that was not you, somebody knows your password: choose a new one.',
    ]);
  }

  recoveryCodeUsed(email: string, left: number): Promise<void> {
    return this.send(email, 'A recovery code was used', [
      `Somebody, probably you, signed in with one of your recovery codes. ${left} of them are left.`,
      'You can make new ones, which replace those, after signing in.',
      'If this was not you, change your password, end all sessions and make new codes.',
    ]);
  }

  /** Built from configuration, never from a request; the token stands in the fragment, which no server's log sees. */
  private link(page: string, token: string): string {
    return `${this.configuration.PUBLIC_URL}/${page}#token=${token}`;
  }

  private send(to: string, subject: string, paragraphs: readonly string[]): Promise<void> {
    return this.outbox.post({ to, subject, paragraphs });
  }
}
