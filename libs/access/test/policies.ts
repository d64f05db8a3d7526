import { Principal, type SessionFacts } from '../src/decision/principal.js';
import type { NamedLimit } from '../src/limits/limit-names.js';
import type { Policy } from '../src/policy/policy.js';
import type { OwnerRule } from '../src/vocabulary/declaration.js';

export const signedInAt = new Date('2026-01-01T00:00:00Z');

/** An entity for `@Owner` to name. */
export class Parcel {
  constructor(
    readonly id: string,
    readonly userId: string,
  ) {}
}

/** A route for whoever is signed in, but for what the test says of it. */
export function policyOf(own: Partial<Policy> = {}): Policy {
  return {
    name: 'Things.handle',
    route: 'get-things',
    way: 'route',
    isPublic: false,
    isSystem: false,
    mfa: false,
    maxAgeMs: undefined,
    roles: undefined,
    permissions: undefined,
    owner: undefined,
    limits: [],
    unlimited: false,
    ...own,
  };
}

export function ownerRule(own: Partial<OwnerRule> = {}): OwnerRule {
  return { entity: Parcel, param: 'id', field: 'userId', unless: undefined, hide: false, ...own };
}

export function limitOf(own: Partial<NamedLimit> = {}): NamedLimit {
  return { name: 'get-things', limit: 5, windowMs: 60_000, per: 'caller', ...own };
}

export function sessionOf(own: Partial<SessionFacts> = {}): SessionFacts {
  const expiresAt = new Date(signedInAt.getTime() + 86_400_000);
  return { id: 's', signedInAt, expiresAt, methods: ['password'], secondFactor: false, ...own };
}

export function principalOf(permissions: readonly string[] = [], role = 'customer', session = sessionOf()): Principal {
  return new Principal('u', 'u@example.com', role, new Set(permissions), session);
}
