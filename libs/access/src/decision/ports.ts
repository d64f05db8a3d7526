import type { ExecutionContext } from '@nestjs/common';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import type { SessionFacts } from './principal.js';

/** What a valid token says of its bearer; nothing more than who and until when is ever decided by it. */
export interface Credential {
  readonly userId: string;
  readonly sessionId: string;
  readonly expiresAt: Date;
  /** Sent along by a browser by itself, as a cookie is: an unsafe request must prove that its page meant it. */
  readonly ambient: boolean;
}

/** What a feature must implement to say who is calling. */
export abstract class Authenticator {
  /**
   * Checks the request's credential by itself, without a database: its signature, issuer, audience and times.
   * @returns `undefined` where the request carries none.
   * @throws InvalidCredential where it carries one that doesn't hold, Problem where it carries two.
   */
  abstract authenticate(context: ExecutionContext): Credential | undefined | Promise<Credential | undefined>;

  /**
   * Asked of an ambient credential at every method that may change something.
   * @throws Problem CSRF_PROOF_MISSING where another site may have made the browser send the request.
   */
  abstract assertIntended(context: ExecutionContext, credential: Credential): void;
}

/** The credential doesn't hold; `reason` is for the log and never for the caller. */
export class InvalidCredential extends Error {
  constructor(readonly reason: string) {
    super(reason);
  }
}

/** A permission given to one user directly, for a time. */
export interface GrantFacts {
  readonly permission: string;
  readonly startsAt: Date;
  readonly expiresAt: Date | null;
}

/** What the database knows of a user. */
export interface UserFacts {
  readonly userId: string;
  readonly email: string;
  readonly role: string;
  readonly rolePermissions: readonly string[];
  /** Grants that are in force or will be. */
  readonly grants: readonly GrantFacts[];
}

/** What the database knows of a live session's user. */
export interface PrincipalFacts extends UserFacts {
  readonly session: SessionFacts;
}

/** What a feature must implement to say what a session's user holds. */
export abstract class PrincipalSource {
  /** @returns `undefined` when the session has ended or its user is disabled or gone. */
  abstract load(sessionId: string): Promise<PrincipalFacts | undefined>;

  /** What a user holds, whether or not they have a session; `undefined` when there is no such user. */
  abstract loadUser(userId: string): Promise<(UserFacts & { readonly disabled: boolean }) | undefined>;
}

/** Loads the resource of an `@Owner` rule, with the relations that the handler needs. */
export interface ResourceLoader<T extends ObjectLiteral = ObjectLiteral> {
  readonly entity: EntityTarget<T>;
  load(id: string): Promise<T | undefined>;
}
