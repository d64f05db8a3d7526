import { Problem } from '@gatehouse/platform/http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PrincipalCache } from '../freshness/principal-cache.js';
import { RateLimiter } from '../limits/rate-limiter.js';
import type { Policy } from '../policy/policy.js';
import { PolicyRegistry } from '../policy/policy-registry.js';
import { Decision, unauthorized } from './decision.js';
import { Authenticator, type Credential, InvalidCredential } from './ports.js';
import { rememberAccess } from './request-access.js';

/**
 * The one guard, in front of every handler. Its steps stand in a fixed order: the token's signature, the limit, the
 * session, then what {@link Decision} checks.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly registry: PolicyRegistry,
    private readonly authenticator: Authenticator,
    private readonly limiter: RateLimiter,
    private readonly principals: PrincipalCache,
    private readonly decision: Decision,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const policy = this.registry.policyOf(context.getClass(), context.getHandler());
    // Deny by default, other transports included: what has no policy of its own is not reached.
    if (policy === undefined || context.getType() !== 'http') throw new Problem('FORBIDDEN');
    const http = context.switchToHttp();
    await this.admit(policy, context, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
    return true;
  }

  private async admit(
    policy: Policy,
    context: ExecutionContext,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    // Awaited only where there is something to wait for: a warm request has its answer at once.
    const found = this.credential(policy, context);
    const credential = found instanceof Promise ? await found : found;
    const invalid = credential instanceof InvalidCredential ? credential : undefined;
    const valid = credential instanceof InvalidCredential ? undefined : credential;
    const counted = this.limiter.count(policy, valid?.userId, request, reply);
    if (counted !== undefined) await counted;
    if (policy.isPublic) return;
    // What only a signed-in caller may see is for nobody's cache.
    reply.header('cache-control', 'no-store');
    if (valid === undefined) throw unauthorized(invalid?.reason);
    if (valid.ambient && !safeMethods.has(request.method)) this.authenticator.assertIntended(context, valid);

    const principal = this.principals.known(valid.sessionId) ?? (await this.principals.load(valid.sessionId));
    if (principal === undefined || principal.id !== valid.userId) {
      throw unauthorized('the session has ended', valid.userId);
    }
    if (request.facts !== undefined) {
      request.facts.actorId = principal.id;
      request.facts.sessionId = principal.session.id;
    }
    const admitted = this.decision.admit(policy, principal, request.params);
    const resource = admitted instanceof Promise ? await admitted : admitted;
    rememberAccess(request, { principal, credential: valid, ...(resource === undefined ? {} : { resource }) });
  }

  private credential(policy: Policy, context: ExecutionContext): Presented | Promise<Presented> {
    if (policy.unlimited && policy.isPublic) return undefined;
    try {
      const credential = this.authenticator.authenticate(context);
      return credential instanceof Promise ? credential.catch(asInvalid) : credential;
    } catch (error) {
      return asInvalid(error);
    }
  }
}

/** Methods that change nothing (RFC 9110, section 9.2.1). */
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What a request presents: a credential, one that doesn't hold, or none. */
type Presented = Credential | InvalidCredential | undefined;

function asInvalid(error: unknown): InvalidCredential {
  if (error instanceof InvalidCredential) return error;
  throw error;
}
