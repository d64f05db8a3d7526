import { UsersService } from '@gatehouse/features/users';
import { Problem } from '@gatehouse/platform/http';
import { Injectable, Logger } from '@nestjs/common';
import type { LoginDto } from './dto/auth-requests.dto.js';
import { Passwords } from './passwords/passwords.js';
import { SessionsService, type TokenPair } from './sessions/sessions.service.js';

@Injectable()
export class SignInService {
  private readonly logger = new Logger(SignInService.name);

  constructor(
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly sessions: SessionsService,
  ) {}

  /**
   * Signs in with a password. Unknown, wrong, without a password and disabled cost the same work and get the same answer.
   * @throws Problem SIGN_IN_FAILED
   */
  async signIn({ email, password }: LoginDto): Promise<TokenPair> {
    const user = await this.users.findByEmail(email);
    const matches = await this.passwords.matches(user?.passwordHash, password);
    if (user === null || !matches || user.disabledAt !== null) {
      this.logger.warn({ event: 'sign-in.failed', userId: user?.id });
      throw signInFailed();
    }
    return this.sessions.begin(user.id, ['password'], false, async () => {
      if (!(await this.users.stillHasPassword(user.id, user.passwordHash))) throw signInFailed();
    });
  }
}

function signInFailed(): Problem {
  return new Problem('SIGN_IN_FAILED', { headers: { 'www-authenticate': 'Bearer realm="gatehouse"' } });
}
