import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { SecondFactorRequiredDto } from '../sign-in/dto/second-factor-required.dto.js';
import type { SignInOutcome } from '../sign-in/sign-in.service.js';
import { TokensDto } from './dto/tokens.dto.js';
import { SessionCookies } from './session-cookies.js';
import type { TokenPair } from './sessions.service.js';

/** Hands tokens over the way their session asked for: in the answer's body, or as cookies. */
@Injectable()
export class TokenDelivery {
  constructor(private readonly cookies: SessionCookies) {}

  /** What a sign-in got to: its tokens, or what the second factor needs. */
  deliverOutcome(outcome: SignInOutcome, reply: FastifyReply): TokensDto | SecondFactorRequiredDto {
    if (outcome.kind === 'signed in') return this.deliver(outcome.tokens, reply);
    void reply.header('cache-control', 'no-store');
    return SecondFactorRequiredDto.of(outcome);
  }

  deliver(pair: TokenPair, reply: FastifyReply): TokensDto {
    void reply.header('cache-control', 'no-store');
    const { accessToken, refreshToken, expiresAt, session } = pair;
    if (session.transport === 'bearer') return { accessToken, expiresAt, refreshToken, tokenType: 'Bearer' };
    return { expiresAt, tokenType: 'Cookie', csrfToken: this.cookies.set(pair, reply) };
  }
}
