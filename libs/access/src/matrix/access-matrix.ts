import { Principal, type SessionFacts } from '../decision/principal.js';
import { standingOf, type Verdict } from '../decision/reach.js';
import { limitInWords, whoInWords } from '../policy/in-words.js';
import type { ServedRoute } from '../policy/served-routes.js';
import { entityName, type LimitSubject } from '../vocabulary/declaration.js';

/** What a feature must implement to say which roles there are and what they hold. */
export abstract class RoleSource {
  /** Every role with its permissions, `admin` with all of them, sorted by name. */
  abstract roles(): Promise<readonly RoleFacts[]>;
}

export interface RoleFacts {
  readonly name: string;
  readonly permissions: readonly string[];
}

/** One route and everything that is decided about it before its handler runs; `null` where nothing is asked for. */
export interface MatrixRoute {
  readonly method: string;
  readonly path: string;
  readonly handler: string;
  readonly who: string;
  readonly public: boolean;
  readonly roles: readonly string[] | null;
  readonly permissions: { readonly mode: 'any' | 'all'; readonly names: readonly string[] } | null;
  readonly owner: {
    readonly entity: string;
    readonly param: string;
    readonly field: string;
    readonly unless: string | null;
    readonly hide: boolean;
  } | null;
  readonly secondFactor: boolean;
  readonly maxAgeSeconds: number | null;
  /** The route's own limits; `null` where none counts it, the default one included. */
  readonly limits:
    | readonly {
        readonly limit: number;
        readonly windowSeconds: number;
        readonly per: LimitSubject;
        readonly alone?: true;
      }[]
    | null;
  readonly limit: string;
  /** `denials`: each 401, 403 and 429 is recorded; `changes`: what it changes of an audited resource is. */
  readonly audited: readonly ('denials' | 'changes')[];
  /** By role, for somebody who has just signed in with a second factor. */
  readonly may: Readonly<Record<string, Verdict>>;
}

export interface AccessMatrix {
  readonly roles: readonly RoleFacts[];
  readonly permissions: readonly string[];
  /** What the trail's triggers write of every change, whichever route made it. */
  readonly auditedResources: readonly string[];
  /** Served without a handler and open to anyone: documentation. */
  readonly open: readonly string[];
  readonly routes: readonly MatrixRoute[];
}

export interface MatrixFacts {
  readonly routes: readonly ServedRoute[];
  readonly open: readonly string[];
  readonly roles: readonly RoleFacts[];
  readonly permissions: readonly string[];
  readonly auditedResources: readonly string[];
}

const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Route × who may × limit × audited, of what is served; HEAD is decided as its GET and has no row of its own. */
export function accessMatrix({ routes, roles, open, permissions, auditedResources }: MatrixFacts): AccessMatrix {
  const principals = roles.map((role) => principalOf(role));
  const rows = routes.filter(({ method }) => method !== 'HEAD').map((route) => rowOf(route, principals));
  return {
    roles,
    permissions,
    auditedResources,
    open: [...open].sort(),
    routes: rows.sort((one, other) => compare(one.path, other.path) || compare(one.method, other.method)),
  };
}

function rowOf({ method, path, policy }: ServedRoute, principals: readonly Principal[]): MatrixRoute {
  const { owner, permissions, limits, unlimited } = policy;
  return {
    method,
    path,
    handler: policy.name,
    who: whoInWords(policy),
    public: policy.isPublic,
    roles: policy.roles ?? null,
    permissions: permissions ?? null,
    owner:
      owner === undefined
        ? null
        : {
            entity: entityName(owner.entity),
            param: owner.param,
            field: owner.field,
            unless: owner.unless ?? null,
            hide: owner.hide,
          },
    secondFactor: policy.mfa,
    maxAgeSeconds: policy.maxAgeMs === undefined ? null : policy.maxAgeMs / 1_000,
    limits: unlimited
      ? null
      : limits.map(({ limit, windowMs, per, alone }) => ({
          limit,
          windowSeconds: windowMs / 1_000,
          per,
          ...(alone === undefined ? {} : { alone }),
        })),
    limit: unlimited ? 'none' : limits.map(limitInWords).join(', ') || 'default',
    audited: [
      ...(policy.isPublic && unlimited ? [] : (['denials'] as const)),
      ...(safe.has(method) ? [] : (['changes'] as const)),
    ],
    may: Object.fromEntries(
      principals.map((principal) => [principal.role, standingOf(policy, principal, signedInAt.getTime()).verdict]),
    ),
  };
}

const signedInAt = new Date(0);
const session: SessionFacts = {
  id: '',
  signedInAt,
  expiresAt: signedInAt,
  methods: ['password', 'otp'],
  secondFactor: true,
};

function principalOf({ name, permissions }: RoleFacts): Principal {
  return new Principal('', '', name, new Set(permissions), session);
}

/** By code unit: the same on every machine, whatever its language. */
function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
