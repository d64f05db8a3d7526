import type { LimitRule, OwnerRule } from '../vocabulary/declaration.js';
import type { PermissionName } from '../vocabulary/permissions.js';

/** What one handler demands, resolved from its own and its class's decorators once, at boot. */
export interface Policy {
  /** `Class.handler`. */
  readonly name: string;
  readonly isPublic: boolean;
  readonly mfa: boolean;
  readonly maxAgeMs: number | undefined;
  /** Any one of these; `undefined` where no role is asked for. */
  readonly roles: readonly string[] | undefined;
  readonly permissions: { readonly mode: 'any' | 'all'; readonly names: readonly PermissionName[] } | undefined;
  readonly owner: OwnerRule | undefined;
  readonly limits: readonly LimitRule[];
  /** Exempt from every limit. */
  readonly unlimited: boolean;
}
