import { Clock } from '@gatehouse/platform/clock';
import { Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import type { NamedLimit } from '../limits/limit-names.js';
import { RateLimiter } from '../limits/rate-limiter.js';
import { type MatchedRoute, RouteMatcher } from '../policy/route-matcher.js';
import { PermissionCatalogue } from '../vocabulary/permissions.js';
import { type Check, CheckList, sessionCheck, unreached } from './check-list.js';
import { Decision, unauthorized } from './decision.js';
import { permissionsHeld } from './holdings.js';
import { PrincipalSource, type UserFacts } from './ports.js';
import { Principal } from './principal.js';

/** What the guard would decide of a call, and why. */
export interface Explanation {
  readonly handler: string;
  /** The route as it is served, its parameters written `:id`. */
  readonly route: string;
  readonly allowed: boolean;
  /** The refusal, where it is refused. */
  readonly refusal: Problem | undefined;
  readonly checks: readonly Check[];
  /** What limits the call, beside all that. */
  readonly limits: readonly NamedLimit[];
}

/** Tells what the guard would decide of a call by deciding it: the same checks in the same order, with a trace. */
@Injectable()
export class Explainer {
  constructor(
    private readonly matcher: RouteMatcher,
    private readonly source: PrincipalSource,
    private readonly decision: Decision,
    private readonly limiter: RateLimiter,
    private readonly catalogue: PermissionCatalogue,
    private readonly clock: Clock,
  ) {}

  /**
   * Explains a call of the user, or of somebody who isn't signed in.
   * @throws Problem NOT_FOUND where no handler serves the address, or there is no such user.
   */
  async explain(method: string, path: string, userId: string | undefined): Promise<Explanation> {
    const matched = this.matcher.match(method, path);
    if (matched === undefined) throw new Problem('NOT_FOUND', { detail: `Nothing serves ${method} at this path` });
    const user = userId === undefined ? undefined : await this.source.loadUser(userId);
    if (userId !== undefined && user === undefined) throw new Problem('NOT_FOUND', { detail: 'There is no such user' });
    const { policy, method: served, path: pattern } = matched.route;
    const checks: Check[] = [];
    const refusal = await this.decide(matched, user, checks).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof Problem) return error;
        throw error;
      },
    );
    return {
      handler: policy.name,
      route: `${served} ${pattern}`,
      allowed: refusal === undefined,
      refusal,
      checks,
      limits: this.limiter.limiting(policy, user !== undefined),
    };
  }

  private async decide(
    { route: { policy }, parameters }: MatchedRoute,
    user: (UserFacts & { disabled: boolean }) | undefined,
    checks: Check[],
  ): Promise<void> {
    checks.push(sessionCheck(policy, user));
    if (policy.isPublic) return;
    if (user === undefined || user.disabled) {
      checks.push(...unreached(policy));
      throw unauthorized(user && 'the account is disabled');
    }
    const now = this.clock.now();
    const { userId, email, role } = user;
    // Of sessions the best there could be: what it would have to be like is told, and not decided.
    const session = { id: '', signedInAt: now, expiresAt: now, methods: [], secondFactor: true };
    const held = permissionsHeld(user, this.catalogue, now.getTime());
    const trace = new CheckList(policy, user, now.getTime());
    try {
      await this.decision.admit(policy, new Principal(userId, email, role, held, session), parameters, trace);
    } finally {
      checks.push(...trace.checks);
    }
  }
}
