import { AccessModule, AccountNaming, Authenticator, PrincipalSource } from '@gatehouse/access';
import { RolesModule } from '@gatehouse/features/roles';
import { AccountSecurity, EmailChanges, UsersModule } from '@gatehouse/features/users';
import { Clock } from '@gatehouse/platform/clock';
import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountSecurityService } from './account-security.service.js';
import { AttemptEntity } from './attempts/attempt.entity.js';
import { AttemptsRepository } from './attempts/attempts.repository.js';
import { Attempts } from './attempts/attempts.service.js';
import { AuthCleaning } from './auth.cleaning.js';
import { AuthJobs } from './auth.jobs.js';
import { AuthMails } from './auth.mails.js';
import { authPermissions } from './auth.permissions.js';
import { AuthTrail } from './auth.trail.js';
import { EmailChangeEntity } from './email/email-change.entity.js';
import { EmailChangesController } from './email/email-changes.controller.js';
import { EmailChangesRepository } from './email/email-changes.repository.js';
import { EmailChangesService } from './email/email-changes.service.js';
import { googleParts } from './google/google.providers.js';
import { IdentityEntity } from './google/identity.entity.js';
import { SignInCodeEntity } from './google/sign-in-code.entity.js';
import { SignInCodesRepository } from './google/sign-in-codes.repository.js';
import { UsedOAuthStateEntity } from './google/used-oauth-state.entity.js';
import { JwksController } from './jwks.controller.js';
import { CurrentPassword } from './passwords/current-password.js';
import { PasswordChangeService } from './passwords/password-change.service.js';
import { PasswordResetService } from './passwords/password-reset.service.js';
import { PasswordTokenEntity } from './passwords/password-token.entity.js';
import { PasswordTokensRepository } from './passwords/password-tokens.repository.js';
import { PasswordUpgrade } from './passwords/password-upgrade.js';
import { PasswordsController } from './passwords/passwords.controller.js';
import { Passwords } from './passwords/passwords.js';
import { FirstAdminService } from './registration/first-admin.service.js';
import { RegistrationController } from './registration/registration.controller.js';
import { RegistrationEntity } from './registration/registration.entity.js';
import { RegistrationService } from './registration/registration.service.js';
import { RecoveryCodeEntity } from './second-factor/recovery-code.entity.js';
import { SecondFactorController } from './second-factor/second-factor.controller.js';
import { SecondFactorEntity } from './second-factor/second-factor.entity.js';
import { SecondFactorRepository } from './second-factor/second-factor.repository.js';
import { SecondFactorService } from './second-factor/second-factor.service.js';
import { SecondFactorCodes } from './second-factor/second-factor-codes.js';
import { SignInChallengeEntity } from './second-factor/sign-in-challenge.entity.js';
import { SignInChallengesRepository } from './second-factor/sign-in-challenges.repository.js';
import { SignInChallenges } from './second-factor/sign-in-challenges.service.js';
import { Totp } from './second-factor/totp.js';
import { PrincipalRepository } from './sessions/principal.repository.js';
import { RefreshRotation } from './sessions/refresh-rotation.js';
import { RefreshTokenEntity } from './sessions/refresh-token.entity.js';
import { SessionEntity } from './sessions/session.entity.js';
import { SessionCookies } from './sessions/session-cookies.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { SessionsRepository } from './sessions/sessions.repository.js';
import { SessionsService } from './sessions/sessions.service.js';
import { TokenDelivery } from './sessions/token-delivery.js';
import { UserSessionsController } from './sessions/user-sessions.controller.js';
import { UserSessionsService } from './sessions/user-sessions.service.js';
import { AccountInBody } from './sign-in/account-in-body.js';
import { SignInController } from './sign-in/sign-in.controller.js';
import { SignInService } from './sign-in/sign-in.service.js';
import { AccessTokens } from './tokens/access-tokens.js';
import { JwtAuthenticator } from './tokens/jwt.authenticator.js';
import { JwtStrategy } from './tokens/jwt.strategy.js';
import { SigningKeys } from './tokens/signing-keys.js';

/** Who is calling: implements the ports of `access`, and is global because the guard in front of everything asks them. */
@Global()
@Module({
  imports: [
    AccessModule.forFeature(authPermissions),
    TypeOrmModule.forFeature([
      RegistrationEntity,
      SessionEntity,
      RefreshTokenEntity,
      PasswordTokenEntity,
      EmailChangeEntity,
      AttemptEntity,
      SecondFactorEntity,
      RecoveryCodeEntity,
      SignInChallengeEntity,
      IdentityEntity,
      UsedOAuthStateEntity,
      SignInCodeEntity,
    ]),
    UsersModule,
    RolesModule,
  ],
  controllers: [
    SignInController,
    SecondFactorController,
    SessionsController,
    UserSessionsController,
    RegistrationController,
    EmailChangesController,
    PasswordsController,
    JwksController,
  ],
  providers: [
    { provide: SigningKeys, inject: [CONFIGURATION, Clock, AuthTrail], useFactory: SigningKeys.load },
    { provide: Authenticator, useClass: JwtAuthenticator },
    { provide: PrincipalSource, useClass: PrincipalRepository },
    { provide: AccountNaming, useClass: AccountInBody },
    { provide: AccountSecurity, useClass: AccountSecurityService },
    EmailChangesService,
    { provide: EmailChanges, useExisting: EmailChangesService },
    EmailChangesRepository,
    Attempts,
    AttemptsRepository,
    AccessTokens,
    JwtStrategy,
    Passwords,
    SessionsRepository,
    RefreshRotation,
    SessionsService,
    SessionCookies,
    TokenDelivery,
    UserSessionsService,
    Totp,
    SecondFactorRepository,
    SecondFactorCodes,
    SecondFactorService,
    SignInChallengesRepository,
    SignInChallenges,
    SignInCodesRepository,
    SignInService,
    RegistrationService,
    FirstAdminService,
    PasswordResetService,
    PasswordChangeService,
    PasswordTokensRepository,
    PasswordUpgrade,
    CurrentPassword,
    AuthMails,
    AuthJobs,
    AuthCleaning,
    AuthTrail,
  ],
  exports: [Authenticator, PrincipalSource, AccountNaming, AccountSecurity, EmailChanges, Passwords, SessionsService],
})
export class AuthModule {
  /** With what the configuration asks for beyond the parts that are always there. */
  static forRoot(configuration: Configuration): DynamicModule {
    return { module: AuthModule, ...googleParts(configuration) };
  }
}
