import fastifyCompress from '@fastify/compress';
import { type FastifyInstance, fastify } from 'fastify';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { Refusal } from './refusal.js';

/** What helmet answers with these settings, written out by hand: the fastest honest way to send them. */
const securityHeaders = Object.entries({
  'Content-Security-Policy':
    "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none';script-src 'self';style-src 'self' 'unsafe-inline';img-src 'self' data:;connect-src 'self';upgrade-insecure-requests",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Origin-Agent-Cluster': '?1',
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'X-DNS-Prefetch-Control': 'off',
  'X-Download-Options': 'noopen',
  'X-Frame-Options': 'DENY',
  'X-Permitted-Cross-Domain-Policies': 'none',
  'X-XSS-Protection': '0',
});

const acceptableId = /^[A-Za-z0-9_-]{8,64}$/;

/** A bare Fastify with what production has on: limits of size and time, security headers, compression, ids, the log. */
export async function createTransport(): Promise<FastifyInstance> {
  const server = fastify({
    bodyLimit: 1_048_576,
    requestTimeout: 15_000,
    connectionTimeout: 15_000,
    handlerTimeout: 10_000,
    keepAliveTimeout: 5_000,
    genReqId: ({ headers: { 'x-request-id': given } }) =>
      typeof given === 'string' && acceptableId.test(given) ? given : uuidv7(),
  });
  server.addHook('onRequest', (request, reply, done) => {
    for (const [name, value] of securityHeaders) reply.raw.setHeader(name, value);
    reply.header('x-request-id', request.id);
    done();
  });
  logRequests(server);
  answerErrors(server);
  await server.register(fastifyCompress, { threshold: 1_024, encodings: ['gzip', 'br'] });
  return server;
}

function logRequests(server: FastifyInstance): void {
  const logger = pino({
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: ['*.password', '*.token', '*.accessToken', '*.refreshToken', '*.authorization', '*.cookie'],
  });
  server.addHook('onResponse', (request, reply, done) => {
    logger.info(
      {
        requestId: request.id,
        method: request.method,
        path: request.url.split('?', 1)[0],
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        actorId: request.actorId,
      },
      'request',
    );
    done();
  });
}

function answerErrors(server: FastifyInstance): void {
  server.setErrorHandler((error, request, reply) => {
    const status: unknown = error instanceof Error ? Reflect.get(error, 'statusCode') : undefined;
    const refusal =
      error instanceof Refusal
        ? error
        : new Refusal(typeof status === 'number' ? status : 500, 'UNEXPECTED', 'The request failed');
    const { status: code, message: title, headers } = refusal;
    const body = { title, status: code, instance: request.url, code: refusal.code, requestId: request.id };
    return reply.code(code).headers(headers).type('application/problem+json').send(JSON.stringify(body));
  });
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set once the caller is known; for the log. */
    actorId?: string;
  }
}
