import type { Readable } from 'node:stream';
import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from './problem.js';

/** Types of bodies that a handler may read as they arrive. */
export const streamedTypes = ['text/csv', 'application/x-ndjson'] as const;
export type StreamedType = (typeof streamedTypes)[number];

declare module 'fastify' {
  interface FastifyContextConfig {
    streamedBody?: true;
  }
}

/** The handler reads its body as it arrives, by {@link streamedBodyOf}, once the caller was let in; JSON is refused. */
export const StreamedBody = (): MethodDecorator =>
  applyDecorators(
    RouteConfig({ streamedBody: true }),
    ApiConsumes(...streamedTypes),
    ApiBody({ schema: { type: 'string', format: 'binary' } }),
  );

export interface Upload {
  readonly type: StreamedType;
  /** Bytes as they arrive; no more of them than the limit, or the reading ends in PAYLOAD_TOO_LARGE. */
  readonly content: AsyncIterable<Buffer>;
}

/**
 * The body of a handler that says `@StreamedBody()`.
 * @throws Problem UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE where the length that is announced says so already.
 */
export function streamedBodyOf(request: FastifyRequest, limit: number): Upload {
  const { headers, body } = request;
  const [media = '', ...parameters] = (headers['content-type'] ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  const type = streamedTypes.find((one) => one === media);
  const isUtf8 = parameters.every((one) => !one.startsWith('charset=') || /^charset="?utf-?8"?$/.test(one));
  const isPlain = (headers['content-encoding'] ?? 'identity') === 'identity';
  if (type === undefined || !isUtf8 || !isPlain || !isReadable(body)) {
    const detail = `The body must be ${streamedTypes.join(' or ')}, in UTF-8 and not compressed`;
    throw new Problem('UNSUPPORTED_MEDIA_TYPE', { detail, headers: { connection: 'close' } });
  }
  if (Number(headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  return { type, content: upTo(limit, body) };
}

/** Has the bodies of these types reach the handlers that stream them, and nobody else. */
export function streamBodies(server: FastifyInstance): void {
  server.addContentTypeParser([...streamedTypes], (request, payload, done) => {
    if (request.routeOptions.config.streamedBody === true) done(null, payload);
    else done(new Problem('UNSUPPORTED_MEDIA_TYPE', { detail: 'The body must be application/json' }));
  });
}

async function* upTo(limit: number, body: Readable): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    for await (const chunk of body) {
      if (!Buffer.isBuffer(chunk)) continue;
      bytes += chunk.length;
      if (bytes > limit) throw tooLarge(limit);
      yield chunk;
    }
  } catch (error) {
    // Its sender is gone: nobody reads the answer, and nothing is wrong on our side.
    if (!(error instanceof Problem)) throw new Problem('BAD_REQUEST', { detail: 'The body ended before its end' });
    throw error;
  }
}

/** The connection ends with the answer: whoever sends too much is not read to the end. */
function tooLarge(limit: number): Problem {
  const detail = `At most ${limit.toLocaleString('en')} bytes are taken here`;
  return new Problem('PAYLOAD_TOO_LARGE', { detail, headers: { connection: 'close' } });
}

function isReadable(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && 'pipe' in body && Symbol.asyncIterator in body;
}
