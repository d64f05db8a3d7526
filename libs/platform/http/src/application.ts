import fastifyCompress from '@fastify/compress';
import fastifyCookie from '@fastify/cookie';
import type { Configuration } from '@gatehouse/platform/config';
import { RequestContext } from '@gatehouse/platform/context';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Logger, PinoLogger } from 'nestjs-pino';
import { v7 as uuidv7 } from 'uuid';
import { answerClientError } from './answer-client-error.js';
import { answerProblem } from './answer-problem.js';
import { Draining } from './draining.js';
import { wrapAnswers } from './envelope.js';
import { limitHandlingTime } from './handling-time.js';
import { keepRawBodies } from './raw-body.js';
import { sendSecurityHeaders } from './security-headers.js';
import { assertSound } from './sound-input.js';

/** Paths outside the `/api` prefix: probes, and what a standard puts at the root. */
const atTheRoot = ['health/live', 'health/ready', '.well-known/jwks.json'];
const compressFromBytes = 1_024;

/** The adapter with every limit a client can run into. */
export function fastifyAdapter(configuration: Configuration): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: configuration.BODY_LIMIT,
    trustProxy: configuration.TRUSTED_PROXIES.length > 0 ? configuration.TRUSTED_PROXIES : false,
    requestTimeout: configuration.REQUEST_TIMEOUT_MS,
    connectionTimeout: configuration.REQUEST_TIMEOUT_MS,
    keepAliveTimeout: 5_000,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    genReqId: requestId,
    frameworkErrors: answerProblem,
    clientErrorHandler: answerClientError,
    skipMiddie: true,
  });
}

/** How Nest is to make the application: our parsers and not its own, errors thrown and not turned into an exit. */
export const applicationOptions = { bufferLogs: true, bodyParser: false, abortOnError: false } as const;

/** The application of `module`, with its transport set up. */
export async function createHttpApplication(
  module: DynamicModule,
  configuration: Configuration,
): Promise<NestFastifyApplication> {
  const adapter = fastifyAdapter(configuration);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, applicationOptions);
  return setUpTransport(app, configuration);
}

/** Sets up what stands before the first handler: limits, headers, CORS, compression, request ids, request log. */
export async function setUpTransport(
  app: NestFastifyApplication,
  configuration: Configuration,
): Promise<NestFastifyApplication> {
  app.useLogger(app.get(Logger));
  const server = app.getHttpAdapter().getInstance();
  // JSON is what the API speaks; whatever else is declared is 415, a form that another site posts included.
  server.removeContentTypeParser('text/plain');
  keepRawBodies(server);
  carryContext(server, app.get(RequestContext));
  limitHandlingTime(server, configuration.HANDLER_TIMEOUT_MS);
  refuseUnsound(server);
  logRequests(server, await app.resolve(PinoLogger));
  sendSecurityHeaders(server, configuration.NODE_ENV === 'production');
  wrapAnswers(server);
  app.get(Draining).attach(server);
  await registerPlugins(app, configuration);
  app.setGlobalPrefix('api', { exclude: atTheRoot });
  return app;
}

async function registerPlugins(app: NestFastifyApplication, configuration: Configuration): Promise<void> {
  if (configuration.ALLOWED_ORIGINS.length > 0) {
    app.enableCors({
      origin: [...configuration.ALLOWED_ORIGINS],
      credentials: true,
      methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      exposedHeaders: ['etag', 'location', 'ratelimit', 'ratelimit-policy', 'retry-after', 'x-request-id'],
      maxAge: 600,
      // An OPTIONS that is no preflight is answered in the plugin's plain text otherwise.
      strictPreflight: false,
    });
  }
  await app.register(fastifyCompress, { threshold: compressFromBytes, encodings: ['gzip', 'br'] });
  await app.register(fastifyCookie);
}

function carryContext(server: FastifyInstance, context: RequestContext): void {
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    const facts = {
      requestId: request.id,
      address: request.ip,
      userAgent: request.headers['user-agent']?.slice(0, 300),
    };
    context.run(facts, () => {
      request.facts = context.facts;
      done();
    });
  });
}

/** Before anything else looks at the body or the query, interceptors that come before validation included. */
function refuseUnsound(server: FastifyInstance): void {
  server.addHook('preValidation', (request, _reply, done) => {
    assertSound(request.query);
    assertSound(request.body);
    done();
  });
}

function logRequests(server: FastifyInstance, { logger }: PinoLogger): void {
  server.addHook('onResponse', (request, reply, done) => {
    // The query is left out: whatever a client wrongly puts there stays out of the log.
    logger.info(
      {
        requestId: request.id,
        method: request.method,
        path: request.url.split('?', 1)[0],
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        actorId: request.facts?.actorId,
      },
      'request',
    );
    done();
  });
}

const acceptableId = /^[A-Za-z0-9_-]{8,64}$/;

function requestId(request: { headers: Record<string, string | string[] | undefined> }): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && acceptableId.test(given) ? given : uuidv7();
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Facts of this request, shared with the audit trail and the log. */
    facts: RequestContext['facts'];
  }
}

export type { FastifyReply, FastifyRequest };
