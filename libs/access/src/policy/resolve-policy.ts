import { type Declaration, type DeclarationKind, declarationsOf } from '../vocabulary/declaration.js';
import type { PermissionCatalogue } from '../vocabulary/permissions.js';
import type { Policy } from './policy.js';

export type Resolution = { readonly policy: Policy } | { readonly problems: readonly string[] };

type Handler = (...parameters: never[]) => unknown;
type Of<K extends DeclarationKind> = Extract<Declaration, { kind: K }>;

/** The policy of one handler, or everything that is wrong with what its decorators say. */
export function resolvePolicy(controller: Handler, handler: Handler, catalogue: PermissionCatalogue): Resolution {
  const name = `${controller.name}.${handler.name}`;
  const onClass = declarationsOf(controller);
  const onHandler = declarationsOf(handler);
  const pick = <K extends DeclarationKind>(kind: K): Of<K> | undefined =>
    onHandler.find((said): said is Of<K> => said.kind === kind) ??
    onClass.find((said): said is Of<K> => said.kind === kind);

  const isPublic = isOpen(onClass, onHandler);
  const problems = [
    ...repetitions(onClass, `class ${controller.name}`),
    ...repetitions(onHandler, name),
    ...contradictions(isPublic, [...onClass, ...onHandler], name),
    ...unknownPermissions([...onClass, ...onHandler], catalogue, name),
  ];
  const demands = [...onClass, ...onHandler].some(({ kind }) => kind !== 'limit' && kind !== 'unlimited');
  if (!demands) problems.unshift(`${name} declares no access: put @Public, @Auth, @Role, @Permission or @Owner on it`);
  if (problems.length > 0) return { problems };

  const auth = pick('auth');
  const permission = pick('permission');
  const limits = [onHandler, onClass].map((said) => said.filter((one): one is Of<'limit'> => one.kind === 'limit'));
  return {
    policy: {
      name,
      isPublic,
      mfa: auth?.mfa ?? false,
      maxAgeMs: auth?.maxAgeMs,
      roles: pick('role')?.roles,
      permissions: permission && { mode: permission.mode, names: permission.permissions },
      owner: pick('owner')?.rule,
      limits: (limits.find((rules) => rules.length > 0) ?? []).map(({ rule }) => rule),
      unlimited: pick('unlimited') !== undefined,
    },
  };
}

function isOpen(onClass: readonly Declaration[], onHandler: readonly Declaration[]): boolean {
  const says = (said: readonly Declaration[], kind: DeclarationKind) => said.some((one) => one.kind === kind);
  return says(onHandler, 'public') || (says(onClass, 'public') && !says(onHandler, 'auth'));
}

function repetitions(said: readonly Declaration[], where: string): string[] {
  const kinds = said.map(({ kind }) => kind).filter((kind) => kind !== 'limit');
  return [...new Set(kinds.filter((kind, index) => kinds.indexOf(kind) !== index))].map(
    (kind) => `${where} says @${label(kind)} twice`,
  );
}

function contradictions(isPublic: boolean, said: readonly Declaration[], name: string): string[] {
  const demanding = new Set(
    said.map(({ kind }) => kind).filter((kind) => kind === 'role' || kind === 'permission' || kind === 'owner'),
  );
  const problems = isPublic ? [...demanding].map((kind) => `${name} is @Public and @${label(kind)} at once`) : [];
  const exempt = said.some(({ kind }) => kind === 'unlimited');
  if (exempt && said.some(({ kind }) => kind === 'limit'))
    problems.push(`${name} is limited and exempt from limits at once`);
  return problems;
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

function label(kind: DeclarationKind): string {
  return kind === 'unlimited'
    ? 'RateLimit.exempt'
    : kind === 'limit'
      ? 'RateLimit'
      : kind.charAt(0).toUpperCase() + kind.slice(1);
}
