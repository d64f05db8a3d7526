import type { PermissionCatalogue } from '../vocabulary/permissions.js';
import type { GrantFacts, UserFacts } from './ports.js';

/** One way in which somebody comes to hold a permission; `expiresAt` is `null` where it holds until it is taken away. */
export type Way =
  | { readonly via: 'role'; readonly role: string; readonly expiresAt: null }
  | { readonly via: 'grant'; readonly role: null; readonly expiresAt: Date | null };

/** Everything the user holds at the instant `now`; an admin holds the whole catalogue. */
export function permissionsHeld(
  { role, rolePermissions, grants }: UserFacts,
  catalogue: PermissionCatalogue,
  now: number,
): ReadonlySet<string> {
  if (role === 'admin') return new Set(catalogue.names());
  const granted = grants.filter((grant) => isInForce(grant, now)).map(({ permission }) => permission);
  return new Set([...rolePermissions, ...granted]);
}

/** Every way in which the user holds the permission at the instant `now`. */
export function waysTo(permission: string, { role, rolePermissions, grants }: UserFacts, now: number): Way[] {
  const byRole = role === 'admin' || rolePermissions.includes(permission);
  return [
    ...(byRole ? [{ via: 'role', role, expiresAt: null } as const] : []),
    ...grants
      .filter((grant) => grant.permission === permission && isInForce(grant, now))
      .map(({ expiresAt }) => ({ via: 'grant', role: null, expiresAt }) as const),
  ];
}

/** The instants at which what the user holds changes by itself. */
export function turns(grants: readonly GrantFacts[]): number[] {
  return grants.flatMap(({ startsAt, expiresAt }) => [startsAt.getTime(), expiresAt?.getTime() ?? Infinity]);
}

function isInForce({ startsAt, expiresAt }: GrantFacts, now: number): boolean {
  return startsAt.getTime() <= now && now < (expiresAt?.getTime() ?? Infinity);
}
