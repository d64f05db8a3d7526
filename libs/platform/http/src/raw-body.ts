import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    rawBody?: boolean;
  }
}

/** The handler gets the JSON body as the bytes that arrived, by {@link rawBodyOf}: a signature is of nothing else. */
export const RawBody = (): MethodDecorator =>
  applyDecorators(RouteConfig({ rawBody: true }), ApiBody({ schema: { type: 'object', additionalProperties: true } }));

/** The bytes that came as the body, of a handler that says `@RawBody()`. */
export function rawBodyOf({ body }: Pick<FastifyRequest, 'body'>): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** Lets Fastify's own parser read JSON as before, but for the routes that want their bytes. */
export function keepRawBodies(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (request.routeOptions.config.rawBody === true) done(null, body);
    else void parse(request, body.toString(), done);
  });
}
