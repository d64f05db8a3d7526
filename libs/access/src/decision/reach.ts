import { Clock } from '@gatehouse/platform/clock';
import { Injectable } from '@nestjs/common';
import { demandsInWords } from '../policy/in-words.js';
import type { Policy } from '../policy/policy.js';
import { ServedRoutes } from '../policy/served-routes.js';
import type { Principal } from './principal.js';
import { type Missing, missing, type OwnershipMissing, ownershipMissing } from './requirements.js';

/** Whether somebody may call: always, for what is theirs, or never. */
export type Verdict = 'yes' | 'own' | 'no';

export interface Standing {
  readonly verdict: Verdict;
  /** What the 403 would name: of any call where the verdict is `no`, of one for somebody else's where it is `own`. */
  readonly required?: Missing & Partial<OwnershipMissing>;
}

/** How the principal stands to the policy at the instant `now`, by the rules that the guard decides by. */
export function standingOf(policy: Policy, principal: Principal, now: number): Standing {
  if (policy.isPublic) return { verdict: 'yes' };
  const lacking = missing(policy, principal, now);
  if (lacking !== undefined) return { verdict: 'no', required: lacking };
  const { owner } = policy;
  if (owner === undefined || (owner.unless !== undefined && principal.can(owner.unless))) return { verdict: 'yes' };
  return { verdict: 'own', required: ownershipMissing(owner) };
}

/** What is required, in the words of the document and the matrix. */
export function requiredInWords({
  roles,
  permissions,
  secondFactor,
  recentSignIn,
  owner,
  orPermission,
}: Required): string[] {
  const permissionsOf = permissions && ('anyOf' in permissions ? any(permissions.anyOf) : every(permissions.allOf));
  return demandsInWords({
    roles,
    permissions: permissionsOf,
    owner: owner && { unless: orPermission },
    mfa: secondFactor ?? false,
    maxAgeMs: recentSignIn && recentSignIn.maxAgeSeconds * 1_000,
  });
}

type Required = NonNullable<Standing['required']>;
const any = (names: readonly string[]) => ({ mode: 'any', names }) as const;
const every = (names: readonly string[]) => ({ mode: 'all', names }) as const;

/** One call that the server takes, and how somebody stands to it. */
export interface ReachedCall extends Standing {
  readonly method: string;
  /** As it is served, parameters written `:id`. */
  readonly path: string;
}

/** Tells of every route at once what the guard would say to somebody, from the registry and without a query. */
@Injectable()
export class Reach {
  constructor(
    private readonly served: ServedRoutes,
    private readonly clock: Clock,
  ) {}

  /** HEAD is decided as its GET and isn't named. */
  of(principal: Principal): ReachedCall[] {
    const now = this.clock.milliseconds();
    return this.served
      .routes()
      .filter(({ method }) => method !== 'HEAD')
      .map(({ method, path, policy }) => ({ method, path, ...standingOf(policy, principal, now) }));
  }
}
