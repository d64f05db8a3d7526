import type { FastifyInstance } from 'fastify';
import { answerProblem } from './answer-problem.js';
import { Problem } from './problem.js';

/**
 * Answers 503 in the place of a handler that takes longer. Fastify's own `handlerTimeout` does so for requests without a
 * body alone: it takes the body's end for the client's leaving (fastify/fastify, pull request 6725).
 */
export function limitHandlingTime(server: FastifyInstance, limitMs: number): void {
  server.addHook('onRequest', (request, reply, done) => {
    const timer = setTimeout(() => {
      if (reply.raw.headersSent) return;
      answerProblem(new Problem('SERVICE_UNAVAILABLE', { headers: { 'retry-after': '2' } }), request, reply);
    }, limitMs);
    reply.raw.once('close', () => clearTimeout(timer));
    done();
  });
}
