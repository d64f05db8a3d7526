import { type Duration, parseDuration } from '@gatehouse/platform/config';
import { declare, type LimitSubject } from './declaration.js';
import type { PermissionName } from './permissions.js';

type AccessDecorator = ClassDecorator & MethodDecorator;

type EntityClass<T> = new (...parameters: never[]) => T;

export interface AuthOptions {
  /** Demands a session that passed a second factor. */
  readonly mfa?: boolean;
  /** Demands a sign-in no longer ago than this. */
  readonly maxAge?: Duration;
}

export interface OwnerOptions<T> {
  /** Route parameter with the resource's id; `id` unless said otherwise. */
  readonly param?: string;
  /** Property of the entity with its owner's id; `userId` unless said otherwise. */
  readonly field?: Extract<keyof T, string>;
  /** A permission that lets its holder through as well. */
  readonly unless?: PermissionName;
  /** Answers 404 where the resource is somebody else's, so that its existence stays hidden. */
  readonly hide?: boolean;
}

/** Anyone may call it. On a handler it overrides its class's `@Auth`, and nothing else. */
export const Public = (): AccessDecorator => declare({ kind: 'public' });

/**
 * The job acts for nobody: the process itself had it done. One that acts for a user carries `@Auth`, `@Role` or
 * `@Permission` instead, and is decided by what that user holds when it runs.
 */
export const System = (): AccessDecorator => declare({ kind: 'system' });

/** Any signed-in user may call it; the options ask for more of the session. */
export const Auth = ({ mfa = false, maxAge }: AuthOptions = {}): AccessDecorator =>
  declare({ kind: 'auth', mfa, maxAgeMs: maxAge === undefined ? undefined : parseDuration(maxAge) });

/** Users with any one of the roles may call it: literally, `admin` too only where it is listed. */
export const Role = (...roles: readonly string[]): AccessDecorator => declare({ kind: 'role', roles });

/** Users with any one of the permissions may call it; {@link Permission.all} asks for every one. */
export function Permission(...permissions: readonly PermissionName[]): AccessDecorator {
  return declare({ kind: 'permission', mode: 'any', permissions });
}
Permission.all = (...permissions: readonly PermissionName[]): AccessDecorator =>
  declare({ kind: 'permission', mode: 'all', permissions });

/** The resource that the route names must be the caller's own; it is loaded once and handed on by `@Resource()`. */
export function Owner<T extends { userId: unknown }>(
  entity: EntityClass<T>,
  options?: OwnerOptions<T>,
): AccessDecorator;
export function Owner<T extends object>(
  entity: EntityClass<T>,
  options: OwnerOptions<T> & { readonly field: string },
): AccessDecorator;
export function Owner<T extends object>(entity: EntityClass<T>, options: OwnerOptions<T> = {}): AccessDecorator {
  const { param = 'id', field = 'userId', unless, hide = false } = options;
  return declare({ kind: 'owner', rule: { entity, param, field, unless, hide } });
}

export interface LimitOptions {
  /** What is counted: `caller` unless said otherwise. */
  readonly per?: LimitSubject;
  /**
   * The default limit doesn't count the route as well: for what one address calls more often than any client may, by
   * being another service. It holds for all limits of the route.
   */
  readonly alone?: boolean;
}

/**
 * At most `limit` calls in a window that opens at the first one, for each caller, or for what `per` names.
 * Several may stand together; a handler's replace its class's.
 */
export function RateLimit(
  limit: number,
  window: Duration,
  { per = 'caller', alone = false }: LimitOptions = {},
): AccessDecorator {
  if (!Number.isInteger(limit) || limit < 1) throw new Error(`@RateLimit(${limit}): write a whole number from 1`);
  const rule = { limit, windowMs: parseDuration(window), per };
  return declare({ kind: 'limit', rule: alone ? { ...rule, alone } : rule });
}
/** No limit counts this route, the default one included: for probes only. */
RateLimit.exempt = (): AccessDecorator => declare({ kind: 'unlimited' });
