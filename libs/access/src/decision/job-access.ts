import { SecurityEvents } from '@gatehouse/platform/audit';
import { Clock } from '@gatehouse/platform/clock';
import { type JobCall, type JobGate, JobRefused } from '@gatehouse/platform/jobs';
import { Injectable } from '@nestjs/common';
import type { Policy } from '../policy/policy.js';
import { PolicyRegistry } from '../policy/policy-registry.js';
import { PermissionCatalogue } from '../vocabulary/permissions.js';
import { Decision, unauthorized } from './decision.js';
import { Denial } from './denial.js';
import { permissionsHeld } from './holdings.js';
import { PrincipalSource } from './ports.js';
import { Principal } from './principal.js';
import { demands } from './requirements.js';

/** The guard in front of job consumers: a job for somebody is decided by what they hold when it runs. */
@Injectable()
export class JobAccess implements JobGate {
  constructor(
    private readonly registry: PolicyRegistry,
    private readonly source: PrincipalSource,
    private readonly catalogue: PermissionCatalogue,
    private readonly decision: Decision,
    private readonly events: SecurityEvents,
    private readonly clock: Clock,
  ) {
    registry.decides('job');
  }

  async admit(call: JobCall): Promise<void> {
    const policy = this.registry.policyOf(call.owner, call.handler);
    // Deny by default; the boot has named it, and another version of the service may know what it is.
    if (policy === undefined) throw new Error(`the job ${call.name} has no policy`);
    if (policy.isSystem) return;
    try {
      await this.decision.admit(policy, await this.principal(call.actorId), {});
    } catch (error) {
      if (!(error instanceof Denial)) throw error;
      this.record(call, policy, error);
      throw new JobRefused('who it acts for may not do this, or not any more');
    }
  }

  private async principal(actorId: string | undefined): Promise<Principal> {
    const user = actorId === undefined ? undefined : await this.source.loadUser(actorId);
    if (user === undefined || user.disabled) throw unauthorized('nobody whom the job could act for', actorId);
    const now = this.clock.now();
    // A job asks nothing of a session: the boot refuses a policy that would.
    const session = { id: '', signedInAt: now, expiresAt: now, methods: [], secondFactor: false };
    const held = permissionsHeld(user, this.catalogue, now.getTime());
    return new Principal(user.userId, user.email, user.role, held, session);
  }

  private record({ name, actorId }: JobCall, policy: Policy, { code, details, facts }: Denial): void {
    this.events.record({
      action: 'access.denied',
      outcome: 'refused',
      actorId,
      subject: { resource: 'job', id: name },
      details: {
        code,
        handler: policy.name,
        required: demands(policy),
        lacking: details.extensions?.['required'],
        reason: facts.reason,
      },
    });
  }
}
