import { Public, RateLimit } from '@gatehouse/access';
import { Refuses } from '@gatehouse/platform/http';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AcceptedDto } from '../dto/accepted.dto.js';
import { RegisterDto, ResendVerificationDto, VerifyEmailDto } from './dto/registration-requests.dto.js';
import { RegistrationService } from './registration.service.js';

@ApiTags('auth')
@Controller('auth')
export class RegistrationController {
  constructor(private readonly registration: RegistrationService) {}

  /** Asks for an account; the answer is the same whether or not the address has one, the mail tells. */
  @Post('register')
  @HttpCode(202)
  @Public()
  @RateLimit(5, '1h', { per: 'account' })
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

  /** Mails the newest unfinished registration of this address once more; the answer is the same without one. */
  @Post('email/resend')
  @HttpCode(202)
  @Public()
  @RateLimit(5, '1h', { per: 'account' })
  @RateLimit(20, '1h', { per: 'address' })
  async resendVerification(@Body() { email }: ResendVerificationDto): Promise<AcceptedDto> {
    await this.registration.resend(email);
    return { message: 'If a registration waits for this address, a mail is on its way' };
  }
}
