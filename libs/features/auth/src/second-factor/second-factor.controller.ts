import { Auth, CurrentUser, Principal, Public, RateLimit } from '@gatehouse/access';
import { Refuses } from '@gatehouse/platform/http';
import { Body, Controller, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TokensDto } from '../sessions/dto/tokens.dto.js';
import { SessionCookies } from '../sessions/session-cookies.js';
import { TokenDelivery } from '../sessions/token-delivery.js';
import {
  RecoveryCodesDto,
  SecondFactorDto,
  SecondFactorEnabledDto,
  SecondFactorSetupDto,
} from './dto/second-factor.dto.js';
import { EnableSecondFactorDto, VerifySecondFactorDto } from './dto/second-factor-requests.dto.js';
import { SecondFactorService } from './second-factor.service.js';
import { SignInChallenges } from './sign-in-challenges.service.js';

@ApiTags('auth')
@Controller('auth/mfa')
export class SecondFactorController {
  constructor(
    private readonly secondFactor: SecondFactorService,
    private readonly challenges: SignInChallenges,
    private readonly cookies: SessionCookies,
    private readonly delivery: TokenDelivery,
  ) {}

  /** Whether you have a second factor, and how many recovery codes are left. */
  @Get()
  @Auth()
  async status(@CurrentUser() { id }: Principal): Promise<SecondFactorDto> {
    return SecondFactorDto.of(await this.secondFactor.status(id));
  }

  /** Finishes a sign-in with a code; wrong, used, expired and too many get the same 401. */
  @Post('verify')
  @HttpCode(200)
  @Public()
  @RateLimit(30, '1m', { per: 'address' })
  @Refuses('SECOND_FACTOR_FAILED', 'CSRF_PROOF_MISSING')
  async verify(
    @Body() dto: VerifySecondFactorDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokensDto> {
    const tokens = await this.challenges.answer(dto, () => this.cookies.assertOrigin(request));
    return this.delivery.deliver(tokens, reply);
  }

  /** Makes a secret for your authenticator, in force once you enable it. */
  @Post('setup')
  @HttpCode(200)
  @Auth({ maxAge: '5m' })
  @Refuses('CONFLICT')
  setUp(@CurrentUser() me: Principal): Promise<SecondFactorSetupDto> {
    return this.secondFactor.setUp(me);
  }

  /** Enables the second factor with a first code; answers recovery codes once, and ends your other sessions. */
  @Post('enable')
  @HttpCode(200)
  @Auth({ maxAge: '5m' })
  @RateLimit(10, '1m')
  @Refuses('CONFLICT')
  async enable(
    @CurrentUser() me: Principal,
    @Body() { code }: EnableSecondFactorDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SecondFactorEnabledDto> {
    const { recoveryCodes, tokens } = await this.secondFactor.enable(me, code);
    return { recoveryCodes, tokens: this.delivery.deliver(tokens, reply) };
  }

  /** Takes the second factor away, and ends your other sessions. */
  @Post('disable')
  @HttpCode(200)
  @Auth({ mfa: true, maxAge: '5m' })
  @Refuses('CONFLICT')
  async disable(@CurrentUser() me: Principal, @Res({ passthrough: true }) reply: FastifyReply): Promise<TokensDto> {
    return this.delivery.deliver(await this.secondFactor.disable(me), reply);
  }

  /** Makes ten new recovery codes; the old ones are worth nothing any more. */
  @Post('recovery-codes')
  @HttpCode(200)
  @Auth({ mfa: true, maxAge: '5m' })
  @Refuses('CONFLICT')
  async renewRecoveryCodes(@CurrentUser() { id }: Principal): Promise<RecoveryCodesDto> {
    return { recoveryCodes: await this.secondFactor.renewRecoveryCodes(id) };
  }
}
