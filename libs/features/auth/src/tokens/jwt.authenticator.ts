import { type Authenticator, type Credential, InvalidCredential } from '@gatehouse/access';
import { Clock } from '@gatehouse/platform/clock';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { presentedToken } from './presented-token.js';

/**
 * Who a request's access token says it is. A token is verified by its passport strategy once; until it expires its
 * next requests find the answer here, as a signature doesn't change.
 */
@Injectable()
export class JwtAuthenticator extends AuthGuard('jwt') implements Authenticator {
  private readonly verified = new LRUCache<string, Credential>({ max: 10_000 });

  constructor(private readonly clock: Clock) {
    super();
  }

  authenticate(context: ExecutionContext): Credential | undefined | Promise<Credential> {
    const token = presentedToken(context.switchToHttp().getRequest<FastifyRequest>());
    if (token === null) return undefined;
    const known = this.verified.get(token);
    if (known === undefined) return this.verify(token, context);
    if (known.expiresAt.getTime() > this.clock.milliseconds()) return known;
    this.verified.delete(token);
    throw new InvalidCredential('ERR_JWT_EXPIRED');
  }

  override handleRequest<T>(error: unknown, user: T | false, info: unknown): T {
    if (error) throw error;
    if (user === false) throw info instanceof InvalidCredential ? info : new InvalidCredential(String(info));
    return user;
  }

  private async verify(token: string, context: ExecutionContext): Promise<Credential> {
    await super.canActivate(context);
    const { user } = context.switchToHttp().getRequest<{ user: Credential }>();
    this.verified.set(token, user);
    return user;
  }
}
