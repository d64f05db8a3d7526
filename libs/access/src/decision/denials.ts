import { SecurityEvents } from '@gatehouse/platform/audit';
import { type Problem, type ProblemCode, Refusals } from '@gatehouse/platform/http';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { clientNetwork } from '../limits/client-network.js';
import type { NamedLimit } from '../limits/limit-names.js';
import type { Policy } from '../policy/policy.js';
import { Denial, type DenialFacts } from './denial.js';
import type { Principal } from './principal.js';
import { accessOf } from './request-access.js';
import { demands } from './requirements.js';

declare global {
  interface GatehouseSecurityEvents {
    'access.denied': true;
    /** A limit in dry run would have refused the call. */
    'limit.exceeded': true;
  }
}

/** What denies wherever it is thrown, by the guard or by a rule of a feature. */
const denying: ReadonlySet<ProblemCode> = new Set(['UNAUTHORIZED', 'FORBIDDEN', 'TOO_MANY_REQUESTS']);
/** As many permissions as a record names of what somebody holds; the rest is a number. */
const mostNamed = 50;

/** Records each denial as a security event: who, what, from where, what was asked for and what was held. */
@Injectable()
export class Denials implements OnModuleInit {
  constructor(
    private readonly events: SecurityEvents,
    private readonly refusals: Refusals,
  ) {}

  onModuleInit(): void {
    this.refusals.on((problem, request) => {
      if (problem instanceof Denial) this.record(problem, problem.facts, request);
      else if (denying.has(problem.code)) this.record(problem, {}, request);
    });
  }

  /** A limit in dry run is exceeded. */
  wouldRefuse(
    policy: Policy,
    { name, limit, windowMs }: NamedLimit,
    userId: string | undefined,
    request: FastifyRequest,
  ): void {
    this.events.record(
      {
        action: 'limit.exceeded',
        outcome: 'refused',
        actorId: userId,
        subject: { resource: 'route', id: policy.route },
        details: { limit: name, required: [`${limit} in ${windowMs / 1_000} s`], dryRun: true },
        alike: `${userId ?? clientNetwork(request.ip)} ${name}`,
      },
      request.facts,
    );
  }

  private record(problem: Problem, facts: DenialFacts, request: FastifyRequest): void {
    const { handler, policy } = request.routeOptions.config.access ?? {};
    const principal = facts.principal ?? accessOf(request)?.principal;
    const actorId = principal?.id ?? facts.userId ?? request.facts?.actorId;
    const strangers = actorId === undefined && facts.reason === undefined && problem.code === 'UNAUTHORIZED';
    this.events.record(
      {
        action: 'access.denied',
        outcome: 'refused',
        actorId,
        subject: { resource: 'route', id: policy?.route ?? 'none' },
        details: {
          code: problem.code,
          handler,
          method: request.method,
          path: request.url.split('?', 1)[0],
          required: [...(policy === undefined ? [] : demands(policy)), ...(facts.required ?? [])],
          lacking: problem.details.extensions?.['required'],
          held: principal && holdings(principal),
          reason: facts.reason,
        },
        // Whoever comes without any credential is told the same everywhere, and so counted as one.
        alike: `${actorId ?? clientNetwork(request.ip)} ${strangers ? '' : handler} ${problem.code}`,
      },
      request.facts,
    );
  }
}

function holdings({ role, permissions, session }: Principal): Record<string, unknown> {
  const named = [...permissions].sort().slice(0, mostNamed);
  return {
    role,
    permissions: named,
    ...(permissions.size > named.length ? { furtherPermissions: permissions.size - named.length } : {}),
    secondFactor: session.secondFactor,
    signedInAt: session.signedInAt,
  };
}
