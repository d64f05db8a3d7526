import { Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Problem, problemBody } from './problem.js';
import { toProblem } from './to-problem.js';

const logger = new Logger('Problem');

/**
 * Answers an error as `application/problem+json`; what it says of itself beyond its code stays in the log.
 * @returns the refusal that was answered
 */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): Problem {
  const problem = toProblem(error);
  if (problem.status >= 500) logger.error(error);
  if (reply.sent) return problem;
  const path = request.url.split('?', 1)[0] ?? '';
  void reply
    .code(problem.status)
    .headers({ ...problem.details.headers })
    .header('cache-control', 'no-store')
    // What Fastify refuses before its hooks run has no id on it yet.
    .header('x-request-id', request.id)
    .type('application/problem+json')
    .send(JSON.stringify(problemBody(problem, path, request.id)));
  return problem;
}
