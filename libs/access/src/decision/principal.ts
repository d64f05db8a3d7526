import type { PermissionName } from '../vocabulary/permissions.js';

/** Who is calling, and what they hold at this instant. */
export class Principal {
  constructor(
    readonly id: string,
    readonly email: string,
    readonly role: string,
    /** The role's and the direct grants' that are in force now. */
    readonly permissions: ReadonlySet<string>,
    readonly session: SessionFacts,
  ) {}

  can(permission: PermissionName): boolean {
    return this.permissions.has(permission);
  }
}

export interface SessionFacts {
  readonly id: string;
  readonly signedInAt: Date;
  /** When it ends, however often it is refreshed. */
  readonly expiresAt: Date;
  /** How they proved who they are: `password`, `google`, `otp`, `recovery-code`. */
  readonly methods: readonly string[];
  readonly secondFactor: boolean;
}
