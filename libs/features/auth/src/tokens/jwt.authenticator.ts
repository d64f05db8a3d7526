import { type Authenticator, type Credential, InvalidCredential } from '@gatehouse/access';
import { Clock } from '@gatehouse/platform/clock';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { SessionCookies } from '../sessions/session-cookies.js';
import type { VerifiedToken } from './access-tokens.js';
import { JwtStrategy } from './jwt.strategy.js';
import { presentedToken } from './presented-token.js';
import { SigningKeys } from './signing-keys.js';

/**
 * Who a request's access token says it is. A token is verified by its passport strategy once; until it expires its next
 * requests find the answer here, as a signature doesn't change, as long as its key isn't withdrawn.
 */
@Injectable()
export class JwtAuthenticator extends AuthGuard() implements Authenticator {
  private readonly verified = new LRUCache<string, VerifiedToken>({ max: 10_000 });

  constructor(
    private readonly clock: Clock,
    private readonly cookies: SessionCookies,
    private readonly keys: SigningKeys,
    strategy: JwtStrategy,
  ) {
    super({ defaultStrategy: strategy.name });
  }

  authenticate(context: ExecutionContext): Credential | undefined | Promise<Credential> {
    const presented = presentedToken(context.switchToHttp().getRequest<FastifyRequest>());
    if (presented === undefined) return undefined;
    const { token, ambient } = presented;
    const known = this.verified.get(token);
    if (known === undefined || !this.keys.stillVerifies(known.key)) {
      return this.verify(token, context).then((fresh) => cameAs(fresh.credential, ambient));
    }
    if (known.credential.expiresAt.getTime() > this.clock.milliseconds()) return cameAs(known.credential, ambient);
    this.verified.delete(token);
    throw new InvalidCredential('ERR_JWT_EXPIRED');
  }

  assertIntended(context: ExecutionContext, { sessionId }: Credential): void {
    this.cookies.assertIntended(context.switchToHttp().getRequest<FastifyRequest>(), sessionId);
  }

  override handleRequest<T>(error: unknown, user: T | false, info: unknown): T {
    if (error) throw error;
    if (user === false) throw info instanceof InvalidCredential ? info : new InvalidCredential(String(info));
    return user;
  }

  private async verify(token: string, context: ExecutionContext): Promise<VerifiedToken> {
    await super.canActivate(context);
    const { user } = context.switchToHttp().getRequest<{ user: VerifiedToken }>();
    this.verified.set(token, user);
    return user;
  }
}

function cameAs(credential: Credential, ambient: boolean): Credential {
  return ambient ? { ...credential, ambient } : credential;
}
