import { Auth, CurrentUser, Principal, Public, RateLimit } from '@gatehouse/access';
import { AnswersOneOf, Refuses } from '@gatehouse/platform/http';
import { Body, Controller, Delete, Get, HttpCode, Post, Query, Redirect, Req, Res } from '@nestjs/common';
import { ApiFoundResponse, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TokensDto } from '../sessions/dto/tokens.dto.js';
import { TokenDelivery } from '../sessions/token-delivery.js';
import { SecondFactorRequiredDto } from '../sign-in/dto/second-factor-required.dto.js';
import { BeginGoogleQuery, GoogleTokenDto } from './dto/google-requests.dto.js';
import { GoogleAccounts } from './google-accounts.service.js';
import { GoogleSignIn } from './google-sign-in.service.js';

/** Sign-in with Google; stands in the application where GOOGLE_CLIENT_ID is configured, and nowhere else. */
@ApiTags('auth')
@Controller('auth/google')
export class GoogleController {
  constructor(
    private readonly signIn: GoogleSignIn,
    private readonly accounts: GoogleAccounts,
    private readonly delivery: TokenDelivery,
  ) {}

  /**
   * Sends a browser to Google to sign in.
   * @remarks Served where Google is configured, like every operation of `/api/auth/google`; elsewhere it is 404.
   */
  @Get()
  @Redirect()
  @Public()
  @RateLimit(30, '1m', { per: 'address' })
  @ApiFoundResponse({ description: 'To Google, with a cookie to know the browser by' })
  async begin(
    @Query() query: BeginGoogleQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ url: string }> {
    void reply.header('cache-control', 'no-store');
    return { url: await this.signIn.begin(query, reply) };
  }

  /**
   * Where Google sends the browser back to.
   * @remarks Sets the cookies and goes on to `returnTo`; with `transport=bearer`, and where a second factor is asked
   * for, goes there with a `code` for POST /api/auth/google/token instead. Who said no at Google arrives with
   * `error=access_denied`.
   */
  @Get('callback')
  @Redirect()
  @Public()
  @RateLimit(30, '1m', { per: 'address' })
  @ApiQuery({ name: 'state', type: String })
  @ApiQuery({ name: 'code', type: String, required: false })
  @ApiQuery({ name: 'error', type: String, required: false })
  @ApiFoundResponse({ description: 'To `returnTo`' })
  @Refuses(
    'OAUTH_STATE_INVALID',
    'SIGN_IN_FAILED',
    'EMAIL_NOT_VERIFIED',
    'ACCOUNT_NOT_VERIFIED',
    'IDENTITY_CONFLICT',
    'IDENTITY_PROVIDER_FAILED',
  )
  async callback(
    @Query('state') state: unknown,
    @Query('code') code: unknown,
    @Query('error') error: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ url: string }> {
    void reply.header('cache-control', 'no-store');
    return { url: await this.signIn.comeBack({ state, code, error }, request, reply) };
  }

  /** Exchanges the code of a sign-in with Google, once and within a minute, for tokens or for the second factor's turn. */
  @Post('token')
  @HttpCode(200)
  @Public()
  @RateLimit(30, '1m', { per: 'address' })
  @AnswersOneOf(TokensDto, SecondFactorRequiredDto)
  @Refuses('TOKEN_NOT_USABLE', 'SIGN_IN_FAILED', 'CSRF_PROOF_MISSING')
  async token(
    @Body() dto: GoogleTokenDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokensDto | SecondFactorRequiredDto> {
    return this.delivery.deliverOutcome(await this.signIn.exchange(dto, request), reply);
  }

  /** Unlinks your Google account; your other sessions end, and this one goes on with new tokens. */
  @Delete()
  @Auth({ maxAge: '5m' })
  @Refuses('NOT_FOUND', 'LAST_SIGN_IN_METHOD')
  async unlink(@CurrentUser() me: Principal, @Res({ passthrough: true }) reply: FastifyReply): Promise<TokensDto> {
    return this.delivery.deliver(await this.accounts.unlink(me), reply);
  }
}
