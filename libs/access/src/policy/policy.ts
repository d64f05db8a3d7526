import type { NamedLimit } from '../limits/limit-names.js';
import type { OwnerRule } from '../vocabulary/declaration.js';
import type { PermissionName } from '../vocabulary/permissions.js';

/** How a call gets to a handler. */
export type WayIn = 'route' | 'connection' | 'message' | 'job';

/** What one handler demands, resolved from its own and its class's decorators once, at boot. */
export interface Policy {
  /** `Class.handler`. */
  readonly name: string;
  /** What it serves, by a public name that lasts as long as its address: `post-auth-login`. */
  readonly route: string;
  readonly way: WayIn;
  readonly isPublic: boolean;
  /** A job that acts for nobody. */
  readonly isSystem: boolean;
  readonly mfa: boolean;
  readonly maxAgeMs: number | undefined;
  /** Any one of these; `undefined` where no role is asked for. */
  readonly roles: readonly string[] | undefined;
  readonly permissions: { readonly mode: 'any' | 'all'; readonly names: readonly PermissionName[] } | undefined;
  readonly owner: OwnerRule | undefined;
  /** In the order they are counted in. */
  readonly limits: readonly NamedLimit[];
  /** Exempt from every limit. */
  readonly unlimited: boolean;
}
