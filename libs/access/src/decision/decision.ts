import { Clock } from '@gatehouse/platform/clock';
import { isIdentifier, malformedIdentifier, Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import type { Policy } from '../policy/policy.js';
import type { OwnerRule } from '../vocabulary/declaration.js';
import { Denial } from './denial.js';
import type { Principal } from './principal.js';
import { type Missing, missing, ownershipMissing } from './requirements.js';
import { ResourceLoaders } from './resource-loaders.js';

/** Hears of each check as it is made; the way to explain a decision by making it. */
export interface Trace {
  /** What the policy asks of the caller was compared with what they hold. */
  demands(lacking: Missing | undefined): void;
  owner(found: Ownership): void;
}

/** How a resource stands to a caller. */
export type Ownership = 'malformed' | 'absent' | 'own' | 'by-permission' | 'foreign';

/**
 * The checks between a caller who is known and the handler, in their order: all that is missing at once, the id's
 * form, the resource and its owner. The guard decides by it, and what explains a decision makes the same one.
 */
@Injectable()
export class Decision {
  constructor(
    private readonly loaders: ResourceLoaders,
    private readonly clock: Clock,
  ) {}

  /**
   * Lets the principal pass, or throws the refusal. Answers without a promise where there is nothing to load.
   * @returns the resource that `@Owner` names.
   * @throws Denial, or Problem where the id is malformed or there is no such resource.
   */
  admit(
    policy: Policy,
    principal: Principal,
    parameters: unknown,
    trace?: Trace,
  ): object | undefined | Promise<object> {
    const lacking = missing(policy, principal, this.clock.milliseconds());
    trace?.demands(lacking);
    if (lacking !== undefined) throw forbidden(principal, { required: lacking });
    return policy.owner === undefined ? undefined : this.owned(policy.owner, principal, parameters, trace);
  }

  private async owned(rule: OwnerRule, principal: Principal, parameters: unknown, trace?: Trace): Promise<object> {
    const { ownership, resource } = await this.ownership(rule, principal, parameterOf(parameters, rule.param));
    trace?.owner(ownership);
    if (ownership === 'malformed') throw malformedIdentifier(rule.param);
    if (resource === undefined) throw new Problem('NOT_FOUND');
    if (ownership !== 'foreign') return resource;
    if (rule.hide) throw new Denial('NOT_FOUND', {}, { principal, reason: "somebody else's, which is hidden" });
    throw forbidden(principal, { required: ownershipMissing(rule) });
  }

  private async ownership(rule: OwnerRule, principal: Principal, id: unknown): Promise<Found> {
    if (!isIdentifier(id)) return { ownership: 'malformed' };
    const resource = await this.loaders.of(rule.entity).load(id.toLowerCase());
    if (resource === undefined) return { ownership: 'absent' };
    if (Reflect.get(resource, rule.field) === principal.id) return { ownership: 'own', resource };
    const allowed = rule.unless !== undefined && principal.can(rule.unless);
    return { ownership: allowed ? 'by-permission' : 'foreign', resource };
  }
}

interface Found {
  readonly ownership: Ownership;
  readonly resource?: object;
}

function parameterOf(parameters: unknown, name: string): unknown {
  return typeof parameters === 'object' && parameters !== null ? Reflect.get(parameters, name) : undefined;
}

/** RFC 6750, section 3: the error is named only where a credential was presented. */
export function unauthorized(reason?: string, userId?: string): Denial {
  const challenge =
    reason === undefined ? 'Bearer realm="gatehouse"' : 'Bearer realm="gatehouse", error="invalid_token"';
  return new Denial(
    'UNAUTHORIZED',
    {
      detail:
        reason === undefined ? 'Sign in and send the access token' : 'The access token is not valid; sign in again',
      headers: { 'www-authenticate': challenge },
    },
    { reason, userId },
  );
}

function forbidden(principal: Principal, extensions: Record<string, unknown>): Denial {
  return new Denial('FORBIDDEN', { detail: 'You lack what `required` names', extensions }, { principal });
}
