import type { Problem } from '@gatehouse/platform/http';
import { Injectable, Logger } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Policy } from '../policy/policy.js';
import { demands } from './requirements.js';

const denials = new Set([401, 403, 429]);

/** Reports each denial: who, what, from where, what was asked for. */
@Injectable()
export class DenialLog {
  private readonly logger = new Logger('Access');

  record(policy: Policy, request: FastifyRequest, problem: Problem): void {
    if (!denials.has(problem.status)) return;
    this.logger.warn({
      event: 'access.denied',
      code: problem.code,
      handler: policy.name,
      requestId: request.id,
      address: request.ip,
      userId: request.facts?.actorId,
      required: demands(policy),
      lacking: problem.details.extensions?.['required'],
      reason: problem.cause,
    });
  }
}
