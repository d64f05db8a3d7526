import { Auth, CurrentUser, Principal, Public, RateLimit } from '@gatehouse/access';
import { Refuses } from '@gatehouse/platform/http';
import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AcceptedDto } from '../dto/accepted.dto.js';
import { TokensDto } from '../sessions/dto/tokens.dto.js';
import { TokenDelivery } from '../sessions/token-delivery.js';
import { ChangePasswordDto, ForgotPasswordDto, ResetPasswordDto } from './dto/password-requests.dto.js';
import { PasswordChangeService } from './password-change.service.js';
import { PasswordResetService } from './password-reset.service.js';

@ApiTags('auth')
@Controller('auth/password')
export class PasswordsController {
  constructor(
    private readonly passwordReset: PasswordResetService,
    private readonly passwordChange: PasswordChangeService,
    private readonly delivery: TokenDelivery,
  ) {}

  /** Asks for a mail that sets a new password; the answer is the same whether or not the address has an account. */
  @Post('forgot')
  @HttpCode(202)
  @Public()
  @RateLimit(5, '1h', { per: 'account' })
  @RateLimit(20, '1h', { per: 'address' })
  async forgotPassword(@Body() { email }: ForgotPasswordDto): Promise<AcceptedDto> {
    await this.passwordReset.forgot(email);
    return { message: 'If this address has an account, a mail is on its way' };
  }

  /** Sets a new password with a mailed token, once, and ends every session of the account. */
  @Post('reset')
  @HttpCode(204)
  @Public()
  @RateLimit(10, '1m', { per: 'address' })
  @Refuses('TOKEN_NOT_USABLE')
  async resetPassword(@Body() dto: ResetPasswordDto): Promise<void> {
    await this.passwordReset.reset(dto);
  }

  /** Changes your password; your other sessions end, and this one goes on with new tokens. */
  @Post('change')
  @HttpCode(200)
  @Auth()
  @RateLimit(10, '1m')
  @Refuses('PASSWORD_WRONG', 'NO_PASSWORD', 'CONFLICT')
  async changePassword(
    @CurrentUser() principal: Principal,
    @Body() dto: ChangePasswordDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokensDto> {
    return this.delivery.deliver(await this.passwordChange.change(principal, dto), reply);
  }
}
