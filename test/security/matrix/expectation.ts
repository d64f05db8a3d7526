import { heldByRole, type Route } from './committed.js';

/** What a caller is and holds at the moment of the call. */
export interface Standing {
  readonly credential: 'none' | 'invalid' | 'live';
  readonly role: string;
  readonly grants: readonly string[];
  readonly secondFactor: boolean;
  readonly signedInMsAgo: number;
}

/** What the address names, where the route asks whose it is. */
export type Named = 'own' | 'foreign' | 'absent' | 'malformed';

export interface Expected {
  readonly status: 'reached' | 400 | 401 | 403 | 404;
  readonly required?: object;
}

/**
 * What the committed matrix says must come of a call. Written from access.md and not from the guard's code, so that
 * the two can disagree.
 */
export function expected(route: Route, caller: Standing, named: Named | undefined): Expected {
  if (route.public) return { status: 'reached' };
  if (caller.credential !== 'live') return { status: 401 };
  const held = new Set([...heldByRole(caller.role), ...caller.grants]);
  const required = lacking(route, caller, held);
  if (Object.keys(required).length > 0) return { status: 403, required };
  const { owner } = route;
  if (owner === null || named === 'own') return { status: 'reached' };
  if (named === 'malformed') return { status: 400 };
  if (named === 'absent') return { status: 404 };
  if (owner.unless !== null && held.has(owner.unless)) return { status: 'reached' };
  if (owner.hide) return { status: 404 };
  return { status: 403, required: { owner: true, ...(owner.unless === null ? {} : { orPermission: owner.unless }) } };
}

function lacking(route: Route, caller: Standing, held: ReadonlySet<string>): Record<string, unknown> {
  const required: Record<string, unknown> = {};
  if (route.roles !== null && !route.roles.includes(caller.role)) required['roles'] = route.roles;
  if (route.permissions !== null) {
    const { mode, names } = route.permissions;
    const absent = names.filter((name) => !held.has(name));
    if (mode === 'any' && absent.length === names.length) required['permissions'] = { anyOf: names };
    if (mode === 'all' && (absent.length > 0 || names.length === 0)) required['permissions'] = { allOf: absent };
  }
  if (route.secondFactor && !caller.secondFactor) required['secondFactor'] = true;
  if (route.maxAgeSeconds !== null && caller.signedInMsAgo > route.maxAgeSeconds * 1_000) {
    required['recentSignIn'] = { maxAgeSeconds: route.maxAgeSeconds };
  }
  return required;
}
