import type { EntityTarget, ObjectLiteral } from 'typeorm';
import type { PermissionName } from './permissions.js';

/** What `@Owner` says: which resource the route names, and whom it must belong to. */
export interface OwnerRule {
  readonly entity: EntityTarget<ObjectLiteral>;
  /** Route parameter that holds the resource's id. */
  readonly param: string;
  /** Property of the resource that holds its owner's id. */
  readonly field: string;
  /** A permission whose holder need not be the owner. */
  readonly unless: PermissionName | undefined;
  /** Answers 404 instead of 403 to whom the resource isn't theirs. */
  readonly hide: boolean;
}

/** What the entity is called, in messages and in the matrix. */
export function entityName(entity: unknown): string {
  return typeof entity === 'function' ? entity.name : String(entity);
}

/** What a limit is counted by: the caller (their address when nobody is signed in), the address, or a body's account. */
export type LimitSubject = 'caller' | 'address' | 'account';

export interface LimitRule {
  readonly limit: number;
  readonly windowMs: number;
  readonly per: LimitSubject;
  /** Counted in the default limit's place instead of besides it. */
  readonly alone?: true;
}

/** One decorator's say about its class or handler. */
export type Declaration =
  | { readonly kind: 'public' }
  | { readonly kind: 'system' }
  | { readonly kind: 'auth'; readonly mfa: boolean; readonly maxAgeMs: number | undefined }
  | { readonly kind: 'role'; readonly roles: readonly string[] }
  | { readonly kind: 'permission'; readonly mode: 'any' | 'all'; readonly permissions: readonly PermissionName[] }
  | { readonly kind: 'owner'; readonly rule: OwnerRule }
  | { readonly kind: 'limit'; readonly rule: LimitRule }
  | { readonly kind: 'unlimited' };

export type DeclarationKind = Declaration['kind'];

const declarations = new WeakMap<object, Declaration[]>();

/** Keeps what a decorator says of a class, or of a handler's function. */
export function declare(declaration: Declaration): ClassDecorator & MethodDecorator {
  return (target: object, _property?: string | symbol, descriptor?: PropertyDescriptor) => {
    const subject: object = typeof descriptor?.value === 'function' ? descriptor.value : target;
    const said = declarations.get(subject);
    if (said === undefined) declarations.set(subject, [declaration]);
    else said.push(declaration);
  };
}

/** Everything the decorators of a class or a handler said, in no particular order. */
export function declarationsOf(subject: object): readonly Declaration[] {
  return declarations.get(subject) ?? [];
}
