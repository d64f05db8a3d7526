import { Auth, CurrentUser, Principal, Public, RateLimit } from '@gatehouse/access';
import { Refuses } from '@gatehouse/platform/http';
import { Body, Controller, Get, Header, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AcceptedDto, SessionDto, TokensDto } from './dto/auth-answers.dto.js';
import {
  ForgotPasswordDto,
  LoginDto,
  RefreshDto,
  RegisterDto,
  ResetPasswordDto,
  VerifyEmailDto,
} from './dto/auth-requests.dto.js';
import { PasswordResetService } from './passwords/password-reset.service.js';
import { RegistrationService } from './registration/registration.service.js';
import { SessionsService } from './sessions/sessions.service.js';
import { SignInService } from './sign-in.service.js';

@ApiTags('auth')
@Controller('auth')
export class AuthController {
  constructor(
    private readonly registration: RegistrationService,
    private readonly signIn: SignInService,
    private readonly sessions: SessionsService,
    private readonly passwordReset: PasswordResetService,
  ) {}

  /** Asks for an account; the answer is the same whether or not the address has one, the mail tells. */
  @Post('register')
  @HttpCode(202)
  @Public()
  @RateLimit(10, '1h', { per: 'address' })
  async register(@Body() dto: RegisterDto): Promise<AcceptedDto> {
    await this.registration.register(dto);
    return { message: 'A mail is on its way to this address' };
  }

  /** Finishes a registration with the mailed token and the password chosen then. */
  @Post('email/verify')
  @HttpCode(204)
  @Public()
  @RateLimit(10, '1m', { per: 'address' })
  @Refuses('TOKEN_NOT_USABLE')
  async verifyEmail(@Body() dto: VerifyEmailDto): Promise<void> {
    await this.registration.verify(dto);
  }

  /** Signs in; unknown, wrong, unverified and disabled all get the same 401. */
  @Post('login')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Public()
  @RateLimit(10, '1m', { per: 'account' })
  @RateLimit(30, '1m', { per: 'address' })
  @Refuses('SIGN_IN_FAILED')
  async login(@Body() dto: LoginDto): Promise<TokensDto> {
    return TokensDto.of(await this.signIn.signIn(dto));
  }

  /** Exchanges a refresh token for the next pair; one that comes back a second time ends the session. */
  @Post('refresh')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Public()
  @RateLimit(60, '1m', { per: 'address' })
  @Refuses('UNAUTHORIZED')
  async refresh(@Body() { refreshToken }: RefreshDto): Promise<TokensDto> {
    return TokensDto.of(await this.sessions.refresh(refreshToken));
  }

  /** Who you are and what you hold, as the server sees it now. */
  @Get('session')
  @Auth()
  session(@CurrentUser() principal: Principal): SessionDto {
    return SessionDto.of(principal);
  }

  /** Ends the session: its access and refresh tokens are dead at once. */
  @Post('logout')
  @HttpCode(204)
  @Auth()
  async logout(@CurrentUser() { session }: Principal): Promise<void> {
    await this.sessions.end(session.id, 'signed out');
  }

  /** Asks for a mail that sets a new password; the answer is the same whether or not the address has an account. */
  @Post('password/forgot')
  @HttpCode(202)
  @Public()
  @RateLimit(5, '1h', { per: 'account' })
  @RateLimit(20, '1h', { per: 'address' })
  async forgotPassword(@Body() { email }: ForgotPasswordDto): Promise<AcceptedDto> {
    await this.passwordReset.forgot(email);
    return { message: 'If this address has an account, a mail is on its way' };
  }

  /** Sets a new password with a mailed token, once, and ends every session of the account. */
  @Post('password/reset')
  @HttpCode(204)
  @Public()
  @RateLimit(10, '1m', { per: 'address' })
  @Refuses('TOKEN_NOT_USABLE')
  async resetPassword(@Body() dto: ResetPasswordDto): Promise<void> {
    await this.passwordReset.reset(dto);
  }
}
