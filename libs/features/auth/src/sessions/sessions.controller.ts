import { Auth, CurrentUser, Owner, Principal, Public, RateLimit, Resource } from '@gatehouse/access';
import { Problem, Refuses } from '@gatehouse/platform/http';
import { Body, Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SessionDto, WhoAmIDto } from './dto/session.dto.js';
import { RefreshDto } from './dto/session-requests.dto.js';
import { TokensDto } from './dto/tokens.dto.js';
import { SessionEntity } from './session.entity.js';
import { SessionCookies } from './session-cookies.js';
import { SessionsService } from './sessions.service.js';
import { TokenDelivery } from './token-delivery.js';

@ApiTags('auth')
@Controller('auth')
export class SessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly cookies: SessionCookies,
    private readonly delivery: TokenDelivery,
  ) {}

  /** Exchanges a refresh token for the next pair; one that comes back a second time ends the session. */
  @Post('refresh')
  @HttpCode(200)
  @Public()
  @RateLimit(60, '1m', { per: 'address' })
  @Refuses('UNAUTHORIZED', 'AMBIGUOUS_CREDENTIALS', 'CSRF_PROOF_MISSING')
  async refresh(
    @Body() { refreshToken: token }: RefreshDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokensDto> {
    const fromCookie = this.cookies.refreshToken(request);
    const fromBody = token === undefined ? undefined : ({ token, transport: 'bearer' } as const);
    if (fromBody !== undefined && fromCookie !== undefined) throw new Problem('AMBIGUOUS_CREDENTIALS');
    return this.delivery.deliver(await this.sessions.refresh(fromBody ?? fromCookie), reply);
  }

  /** Who you are and what you hold, as the server sees it now. */
  @Get('session')
  @Auth()
  session(@CurrentUser() principal: Principal): WhoAmIDto {
    return WhoAmIDto.of(principal);
  }

  /** Ends the session: its access and refresh tokens are dead at once. */
  @Post('logout')
  @HttpCode(204)
  @Auth()
  async logout(
    @CurrentUser() { session }: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.sessions.end(session.id, 'signed out');
    this.cookies.clear(request, reply);
  }

  /** Your sessions: where you are signed in, and how. */
  @Get('sessions')
  @Auth()
  async list(@CurrentUser() { id, session }: Principal): Promise<SessionDto[]> {
    return (await this.sessions.list(id)).map((one) => SessionDto.of(one, session.id));
  }

  /** Ends all of your sessions, this one included. */
  @Delete('sessions')
  @HttpCode(204)
  @Auth()
  async endAll(
    @CurrentUser() { id }: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.sessions.endAllOf(id, 'signed out everywhere');
    this.cookies.clear(request, reply);
  }

  /** Ends one of your sessions. */
  @Delete('sessions/:id')
  @HttpCode(204)
  @Owner(SessionEntity, { hide: true })
  async end(
    @CurrentUser() { session }: Principal,
    @Resource() { id }: SessionEntity,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    if (!(await this.sessions.end(id, 'signed out elsewhere'))) throw new Problem('NOT_FOUND');
    if (id === session.id) this.cookies.clear(request, reply);
  }
}
