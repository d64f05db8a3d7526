import { AccessModule, AccountNaming, Authenticator, PrincipalSource } from '@gatehouse/access';
import { UserInvited, UsersModule } from '@gatehouse/features/users';
import { CONFIGURATION } from '@gatehouse/platform/config';
import { DomainEvents } from '@gatehouse/platform/events';
import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountInBody } from './account-in-body.js';
import { AuthController } from './auth.controller.js';
import { AuthMails } from './auth.mails.js';
import { authPermissions } from './auth.permissions.js';
import { JwksController } from './jwks.controller.js';
import { PasswordResetService } from './passwords/password-reset.service.js';
import { PasswordTokenEntity } from './passwords/password-token.entity.js';
import { Passwords } from './passwords/passwords.js';
import { RegistrationEntity } from './registration/registration.entity.js';
import { RegistrationService } from './registration/registration.service.js';
import { PrincipalRepository } from './sessions/principal.repository.js';
import { RefreshTokenEntity } from './sessions/refresh-token.entity.js';
import { SessionEntity } from './sessions/session.entity.js';
import { SessionsRepository } from './sessions/sessions.repository.js';
import { SessionsService } from './sessions/sessions.service.js';
import { SignInService } from './sign-in.service.js';
import { AccessTokens } from './tokens/access-tokens.js';
import { JwtAuthenticator } from './tokens/jwt.authenticator.js';
import { JwtStrategy } from './tokens/jwt.strategy.js';
import { SigningKeys } from './tokens/signing-keys.js';

/** Who is calling: implements the ports of `access`, and is global because the guard in front of everything asks them. */
@Global()
@Module({
  imports: [
    AccessModule.forFeature(authPermissions),
    TypeOrmModule.forFeature([RegistrationEntity, SessionEntity, RefreshTokenEntity, PasswordTokenEntity]),
    UsersModule,
  ],
  controllers: [AuthController, JwksController],
  providers: [
    { provide: SigningKeys, inject: [CONFIGURATION], useFactory: SigningKeys.load },
    { provide: Authenticator, useClass: JwtAuthenticator },
    { provide: PrincipalSource, useClass: PrincipalRepository },
    { provide: AccountNaming, useClass: AccountInBody },
    AccessTokens,
    JwtStrategy,
    Passwords,
    SessionsRepository,
    SessionsService,
    SignInService,
    RegistrationService,
    PasswordResetService,
    AuthMails,
  ],
  exports: [Authenticator, PrincipalSource, AccountNaming, Passwords, SessionsService],
})
export class AuthModule implements OnModuleInit {
  constructor(
    private readonly events: DomainEvents,
    private readonly passwordReset: PasswordResetService,
  ) {}

  onModuleInit(): void {
    this.events.on(UserInvited, ({ userId, email, name }) => this.passwordReset.invite(userId, email, name));
  }
}
