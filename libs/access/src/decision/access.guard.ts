import { Clock } from '@gatehouse/platform/clock';
import { isIdentifier, malformedIdentifier, Problem } from '@gatehouse/platform/http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PrincipalCache } from '../freshness/principal-cache.js';
import { RateLimiter } from '../limits/rate-limiter.js';
import type { Policy } from '../policy/policy.js';
import { PolicyRegistry } from '../policy/policy-registry.js';
import type { OwnerRule } from '../vocabulary/declaration.js';
import { DenialLog } from './denial-log.js';
import { Authenticator, type Credential, InvalidCredential } from './ports.js';
import type { Principal } from './principal.js';
import { rememberAccess } from './request-access.js';
import { missing } from './requirements.js';
import { ResourceLoaders } from './resource-loaders.js';

/**
 * The one guard, in front of every handler. Its steps stand in a fixed order: the token's signature, the limit, the
 * session, then all that is missing at once, the id's form, the resource and its owner.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly registry: PolicyRegistry,
    private readonly authenticator: Authenticator,
    private readonly limiter: RateLimiter,
    private readonly principals: PrincipalCache,
    private readonly loaders: ResourceLoaders,
    private readonly denials: DenialLog,
    private readonly clock: Clock,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const policy = this.registry.policyOf(context.getClass(), context.getHandler());
    // Deny by default, other transports included: what has no policy of its own is not reached.
    if (policy === undefined || context.getType() !== 'http') throw new Problem('FORBIDDEN');
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    try {
      await this.admit(policy, context, request, http.getResponse<FastifyReply>());
      return true;
    } catch (error) {
      if (error instanceof Problem) this.denials.record(policy, request, error);
      throw error;
    }
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

    const principal = this.principals.known(valid.sessionId) ?? (await this.principals.load(valid.sessionId));
    if (principal === undefined || principal.id !== valid.userId) throw unauthorized('the session has ended');
    if (request.facts !== undefined) {
      request.facts.actorId = principal.id;
      request.facts.sessionId = principal.session.id;
    }
    const lacking = missing(policy, principal, this.clock.milliseconds());
    if (lacking !== undefined) throw forbidden({ required: lacking });
    const resource = policy.owner === undefined ? undefined : await this.owned(policy.owner, principal, request.params);
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

  private async owned(rule: OwnerRule, principal: Principal, parameters: unknown): Promise<object> {
    const id = parameterOf(parameters, rule.param);
    if (!isIdentifier(id)) throw malformedIdentifier(rule.param);
    const resource = await this.loaders.of(rule.entity).load(id.toLowerCase());
    if (resource === undefined) throw new Problem('NOT_FOUND');
    if (Reflect.get(resource, rule.field) === principal.id) return resource;
    if (rule.unless !== undefined && principal.can(rule.unless)) return resource;
    if (rule.hide) throw new Problem('NOT_FOUND');
    throw forbidden({ required: { owner: true, ...(rule.unless === undefined ? {} : { orPermission: rule.unless }) } });
  }
}

/** What a request presents: a credential, one that doesn't hold, or none. */
type Presented = Credential | InvalidCredential | undefined;

function asInvalid(error: unknown): InvalidCredential {
  if (error instanceof InvalidCredential) return error;
  throw error;
}

function parameterOf(parameters: unknown, name: string): unknown {
  return typeof parameters === 'object' && parameters !== null ? Reflect.get(parameters, name) : undefined;
}

/** RFC 6750, section 3: the error is named only where a credential was presented. */
function unauthorized(reason: string | undefined): Problem {
  const challenge =
    reason === undefined ? 'Bearer realm="gatehouse"' : 'Bearer realm="gatehouse", error="invalid_token"';
  const problem = new Problem('UNAUTHORIZED', {
    detail: reason === undefined ? 'Sign in and send the access token' : 'The access token is not valid; sign in again',
    headers: { 'www-authenticate': challenge },
  });
  problem.cause = reason;
  return problem;
}

function forbidden(extensions: Record<string, unknown>): Problem {
  return new Problem('FORBIDDEN', { detail: 'You lack what `required` names', extensions });
}
