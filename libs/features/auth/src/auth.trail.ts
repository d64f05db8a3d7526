import { clientNetwork } from '@gatehouse/access';
import { SecurityEvents } from '@gatehouse/platform/audit';
import { RequestContext } from '@gatehouse/platform/context';
import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import type { Lock } from './attempts/attempts.service.js';

interface Failures {
  'sign-in.failed': true;
  'second-factor.failed': true;
  'current-password.failed': true;
}

interface Changes {
  'sign-in.done': true;
  'second-factor.enabled': true;
  'second-factor.disabled': true;
  'recovery-code.used': true;
  'recovery-codes.renewed': true;
  'sessions.revoked': true;
  'password.changed': true;
  'password.reset': true;
  'email-change.requested': true;
  'email.changed': true;
  'google.linked': true;
  'google.unlinked': true;
  'first-admin.made': true;
}

declare global {
  interface GatehouseSecurityEvents extends Failures, Changes {
    /** Failures began a lock. */
    'attempts.locked': true;
    'refresh-token.reused': true;
    /** Google failed, or what it answered was no answer. */
    'google.failed': true;
    /** This process signs and verifies with other keys from now on. */
    'signing-keys.changed': true;
  }
}

type Details = Readonly<Record<string, unknown>>;

/**
 * The security events of signing in. Users stand in them by their id and nothing else: an address that somebody tries
 * and that has no account may be a password typed into the wrong field.
 */
@Injectable()
export class AuthTrail {
  constructor(
    private readonly events: SecurityEvents,
    private readonly transactions: Transactions,
    private readonly context: RequestContext,
  ) {}

  /** A proof of being this user, or of being nobody that there is, didn't hold, and these locks begin with it. */
  failed(action: keyof Failures, userId: string | undefined, details: Details, locks: readonly Lock[] = []): void {
    const subject = userId === undefined ? {} : { subject: { resource: 'user', id: userId } };
    const network = clientNetwork(this.context.facts?.address ?? '');
    const alike = `${network} ${userId ?? ''} ${details['reason']}`;
    this.events.record({ action, outcome: 'refused', ...subject, details, alike });
    for (const { kind, until } of locks) {
      this.events.record({
        action: 'attempts.locked',
        outcome: 'refused',
        ...subject,
        details: { budget: kind, until },
      });
    }
  }

  /** This happens to the user once the open transaction commits, by whoever is calling. */
  done(action: keyof Changes, userId: string, details: Details = {}): Promise<void> {
    const subject = { resource: 'user', id: userId };
    return this.transactions.afterCommit(() => this.events.record({ action, outcome: 'done', subject, details }));
  }

  /** A refresh token came back; nobody knows which of the two who had it is the user. */
  reused(userId: string, sessionId: string): void {
    const subject = { resource: 'user', id: userId };
    this.events.record({ action: 'refresh-token.reused', outcome: 'refused', subject, details: { sessionId } });
  }

  googleFailed(reason: unknown): void {
    this.events.record({ action: 'google.failed', outcome: 'refused', details: { reason } });
  }

  /** @param kids of the public halves */
  keysChanged(kids: readonly string[]): void {
    const subject = { resource: 'signing-keys', id: 'all' };
    this.events.record({ action: 'signing-keys.changed', outcome: 'done', subject, details: { kids } });
  }
}
