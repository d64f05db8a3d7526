import { UsersService } from '@gatehouse/features/users';
import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { DomainEvents } from '@gatehouse/platform/events';
import { Mailer } from '@gatehouse/platform/mail';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { RefreshTokenReused } from './auth.events.js';

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
    this.events.on(RefreshTokenReused, async ({ userId }) => this.sessionEnded((await this.users.get(userId)).email));
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

  private sessionEnded(email: string): void {
    this.send(email, 'A session of yours was ended', [
      'A sign-in of yours was used from two places at once, which happens when somebody has copied it.',
      'We ended that session. Sign in again, and change your password if this surprises you.',
    ]);
  }

  /** Built from configuration, never from a request; the token stands in the fragment, which no server's log sees. */
  private link(page: string, token: string): string {
    return `${this.configuration.PUBLIC_URL}/${page}#token=${token}`;
  }

  private send(to: string, subject: string, paragraphs: readonly string[]): void {
    this.mailer
      .send({ to, subject, text: `${paragraphs.join('\n\n')}\n` })
      .catch((error: unknown) => this.logger.error(error));
  }
}
