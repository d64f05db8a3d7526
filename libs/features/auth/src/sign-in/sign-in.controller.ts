import { Public, RateLimit } from '@gatehouse/access';
import { AnswersOneOf, Refuses } from '@gatehouse/platform/http';
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TokensDto } from '../sessions/dto/tokens.dto.js';
import { SessionCookies } from '../sessions/session-cookies.js';
import { TokenDelivery } from '../sessions/token-delivery.js';
import { SecondFactorRequiredDto } from './dto/second-factor-required.dto.js';
import { LoginDto } from './dto/sign-in-requests.dto.js';
import { SignInService } from './sign-in.service.js';

@ApiTags('auth')
@Controller('auth')
export class SignInController {
  constructor(
    private readonly signIn: SignInService,
    private readonly cookies: SessionCookies,
    private readonly delivery: TokenDelivery,
  ) {}

  /** Signs in, or asks for the second factor; unknown, wrong, unverified and disabled all get the same 401. */
  @Post('login')
  @HttpCode(200)
  @Public()
  @RateLimit(10, '1m', { per: 'account' })
  @RateLimit(30, '1m', { per: 'address' })
  @AnswersOneOf(TokensDto, SecondFactorRequiredDto)
  @Refuses('SIGN_IN_FAILED', 'CSRF_PROOF_MISSING')
  async login(
    @Body() dto: LoginDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokensDto | SecondFactorRequiredDto> {
    // Else another site could sign its visitors in as somebody of its choice.
    if (dto.transport === 'cookie') this.cookies.assertOrigin(request);
    return this.delivery.deliverOutcome(await this.signIn.signIn(dto), reply);
  }
}
