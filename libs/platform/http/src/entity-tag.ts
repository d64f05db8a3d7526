import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problem.js';

const strong = /^"([0-9]{1,9})"$/;
/** An opaque tag, weak or strong (RFC 9110, section 8.8.3). */
const listed = /^(?:W\/)?"[\x21\x23-\x7e]*"(?:\s*,\s*(?:W\/)?"[\x21\x23-\x7e]*"){0,99}$/;

/** The entity tag of a version. */
export function entityTag(version: number): string {
  return `"${version}"`;
}

/**
 * Answers with the version's ETag: what `answer` makes, or 304 and nothing where the client has this version already
 * (If-None-Match, RFC 9110, section 13.1.2).
 */
export function tagged<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  version: number,
  answer: () => T,
): T | undefined {
  const tag = entityTag(version);
  reply.header('etag', tag);
  const known = request.headers['if-none-match'];
  const isKnown = known === '*' || known?.split(',').some((one) => one.trim().replace(/^W\//, '') === tag);
  if (isKnown !== true) return answer();
  reply.code(304);
  return undefined;
}

/** Documents what {@link tagged} does. */
export const Tagged = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'ETags that you have; of one of them the answer is 304',
    }),
    ApiResponse({ status: 304, description: 'You have this version already' }),
  );

/** The versions that a change may start from; `undefined` is any. */
export type Versions = readonly number[] | undefined;

/**
 * The versions that If-Match names (RFC 9110, section 13.1.1; weak tags match nothing there).
 * @throws Problem PRECONDITION_REQUIRED without the header, BAD_REQUEST where it is malformed.
 */
export const IfMatch = createParamDecorator((_: undefined, context: ExecutionContext): Versions => {
  const text = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']?.trim();
  if (text === undefined)
    throw new Problem('PRECONDITION_REQUIRED', { detail: 'Send the ETag of what you change in If-Match' });
  if (text === '*') return undefined;
  if (!listed.test(text))
    throw new Problem('BAD_REQUEST', { detail: 'If-Match is neither * nor a list of entity tags' });
  return text.split(',').flatMap((one) => {
    const version = strong.exec(one.trim())?.[1];
    return version === undefined ? [] : [Number(version)];
  });
});

/** Documents what {@link IfMatch} takes. */
export const TakesIfMatch = (): MethodDecorator =>
  ApiHeader({
    name: 'If-Match',
    required: true,
    description: 'ETag of the version that you change, or *',
    example: '"1"',
  });
