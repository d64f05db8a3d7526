import { nameLimits, routeName } from '../limits/limit-names.js';
import { type Declaration, type DeclarationKind, declarationsOf } from '../vocabulary/declaration.js';
import { injectedInto } from '../vocabulary/parameters.js';
import type { PermissionCatalogue } from '../vocabulary/permissions.js';
import { contradictions, repetitions, unfitting } from './contradictions.js';
import type { Policy } from './policy.js';
import type { Entrance } from './ways-in.js';

export type Resolution = { readonly policy: Policy } | { readonly problems: readonly string[] };

type Of<K extends DeclarationKind> = Extract<Declaration, { kind: K }>;

/** The policy of one handler, or everything that is wrong with what its decorators say. */
export function resolvePolicy({ way, owner, handler, method }: Entrance, catalogue: PermissionCatalogue): Resolution {
  const name = `${owner.name}.${method}`;
  const onClass = declarationsOf(owner);
  const onHandler = declarationsOf(handler);
  const said = [...onClass, ...onHandler];
  const pick = <K extends DeclarationKind>(kind: K): Of<K> | undefined =>
    onHandler.find((one): one is Of<K> => one.kind === kind) ?? onClass.find((one): one is Of<K> => one.kind === kind);

  const isPublic = isOpen(onClass, onHandler);
  const problems = [
    ...repetitions(onClass, `class ${owner.name}`),
    ...repetitions(onHandler, name),
    ...contradictions(isPublic, said, name),
    ...unfitting(way, said, name),
    ...unknownPermissions(said, catalogue, name),
    ...unservable(injectedInto(owner, method), isPublic, said, name),
  ];
  if (said.every(({ kind }) => kind === 'limit' || kind === 'unlimited')) problems.unshift(undeclared(name, way));
  if (problems.length > 0) return { problems };

  const auth = pick('auth');
  const permission = pick('permission');
  const route = routeName(owner, handler);
  const limits = [onHandler, onClass].map((rules) => rules.filter((one): one is Of<'limit'> => one.kind === 'limit'));
  return {
    policy: {
      name,
      route,
      way,
      isPublic,
      isSystem: pick('system') !== undefined,
      mfa: auth?.mfa ?? false,
      maxAgeMs: auth?.maxAgeMs,
      roles: pick('role')?.roles,
      permissions: permission && { mode: permission.mode, names: permission.permissions },
      owner: pick('owner')?.rule,
      limits: nameLimits(
        route,
        (limits.find((rules) => rules.length > 0) ?? []).map(({ rule }) => rule),
      ),
      unlimited: pick('unlimited') !== undefined,
    },
  };
}

function isOpen(onClass: readonly Declaration[], onHandler: readonly Declaration[]): boolean {
  const says = (said: readonly Declaration[], kind: DeclarationKind) => said.some((one) => one.kind === kind);
  return says(onHandler, 'public') || (says(onClass, 'public') && !says(onHandler, 'auth'));
}

function undeclared(name: string, way: Entrance['way']): string {
  const usable =
    way === 'job' ? '@System, @Auth, @Role or @Permission' : '@Public, @Auth, @Role, @Permission or @Owner';
  return `${name} declares no access: put ${usable} on it`;
}

function unknownPermissions(said: readonly Declaration[], catalogue: PermissionCatalogue, name: string): string[] {
  const named = said.flatMap((one) => {
    if (one.kind === 'permission') return one.permissions;
    return one.kind === 'owner' && one.rule.unless !== undefined ? [one.rule.unless] : [];
  });
  return named
    .filter((permission) => !catalogue.has(permission))
    .map((permission) => `${name} names ${String(permission)}, which no feature declares`);
}

/** Parameters that no admitted call could be given. */
function unservable(
  { principal, resource }: ReturnType<typeof injectedInto>,
  isPublic: boolean,
  said: readonly Declaration[],
  name: string,
): string[] {
  const owned = said.some(({ kind }) => kind === 'owner');
  return [
    ...(principal && isPublic ? [`${name} takes @CurrentUser and is @Public: whoever calls it may be nobody`] : []),
    ...(resource && !owned ? [`${name} takes @Resource and has no @Owner, which would load one`] : []),
  ];
}
