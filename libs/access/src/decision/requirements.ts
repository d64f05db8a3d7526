import type { Policy } from '../policy/policy.js';
import type { OwnerRule } from '../vocabulary/declaration.js';
import type { Principal } from './principal.js';

/** What a caller lacks; the answer of a 403 names all of it at once. */
export interface Missing {
  readonly roles?: readonly string[];
  readonly permissions?: { readonly anyOf: readonly string[] } | { readonly allOf: readonly string[] };
  readonly secondFactor?: true;
  readonly recentSignIn?: { readonly maxAgeSeconds: number };
}

/** What of the policy the principal doesn't fulfil at the instant `now`; `undefined` when nothing is missing. */
export function missing(policy: Policy, principal: Principal, now: number): Missing | undefined {
  const roles = policy.roles !== undefined && !policy.roles.includes(principal.role) ? policy.roles : undefined;
  const permissions = missingPermissions(policy, principal);
  const secondFactor = policy.mfa && !principal.session.secondFactor;
  const age = now - principal.session.signedInAt.getTime();
  const tooOld = policy.maxAgeMs !== undefined && age > policy.maxAgeMs;
  if (roles === undefined && permissions === undefined && !secondFactor && !tooOld) return undefined;
  return {
    ...(roles === undefined ? {} : { roles }),
    ...(permissions === undefined ? {} : { permissions }),
    ...(secondFactor ? { secondFactor: true as const } : {}),
    ...(tooOld ? { recentSignIn: { maxAgeSeconds: (policy.maxAgeMs ?? 0) / 1_000 } } : {}),
  };
}

function missingPermissions({ permissions }: Policy, principal: Principal): Missing['permissions'] {
  if (permissions === undefined) return undefined;
  if (permissions.mode === 'any') {
    return permissions.names.some((name) => principal.can(name)) ? undefined : { anyOf: permissions.names };
  }
  const lacking = permissions.names.filter((name) => !principal.can(name));
  // An empty list asks for nothing that anyone could hold: it denies.
  return lacking.length > 0 || permissions.names.length === 0 ? { allOf: lacking } : undefined;
}

/** What the refusal of somebody else's resource names. */
export interface OwnershipMissing {
  readonly owner: true;
  readonly orPermission?: string;
}

export function ownershipMissing({ unless }: OwnerRule): OwnershipMissing {
  return { owner: true, ...(unless === undefined ? {} : { orPermission: unless }) };
}

/** The policy's demands in words, for the record of a denial. */
export function demands({ roles, permissions, mfa, maxAgeMs, owner }: Policy): string[] {
  return [
    ...(roles?.map((role) => `role ${role}`) ?? []),
    ...(permissions?.names.map((name) => `permission ${name}`) ?? []),
    ...(mfa ? ['second factor'] : []),
    ...(maxAgeMs === undefined ? [] : [`sign-in within ${maxAgeMs / 1_000} s`]),
    ...(owner === undefined ? [] : ['owner', ...(owner.unless === undefined ? [] : [`permission ${owner.unless}`])]),
  ];
}
