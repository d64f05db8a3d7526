import type { FastifyInstance } from 'fastify';
import { Page } from './page.js';

/** An answer whose form another standard lays down, such as a JWK Set: sent without the envelope. */
export class Bare {
  constructor(readonly body: unknown) {}
}

/** Puts what a handler answers into the contract's envelope: `{ data }`, and `{ data, pagination }` for a list. */
export function envelope(value: unknown): unknown {
  if (value instanceof Bare) return value.body;
  return value instanceof Page ? { data: value.items, pagination: value.pagination } : { data: value };
}

/**
 * Wraps what controllers answer. Fastify asks once for each answer that is yet to become JSON, which a problem already
 * is; an interceptor would do the same through an observable at every request.
 */
export function wrapAnswers(server: FastifyInstance): void {
  server.addHook('preSerialization', (request, _reply, payload, done) => {
    // Raw routes, which the docs are, speak for themselves.
    done(null, fromController(request.routeOptions.config) ? envelope(payload) : payload);
  });
}

function fromController(config: object): boolean {
  return 'access' in config;
}
