import { databaseFailure } from '@gatehouse/platform/database';
import { HttpException } from '@nestjs/common';
import { Problem } from './problem.js';
import { type ProblemCode, problemCodes } from './problem-codes.js';

const codeByStatus = new Map<number, ProblemCode>([
  [400, 'BAD_REQUEST'],
  [401, 'UNAUTHORIZED'],
  [403, 'FORBIDDEN'],
  [404, 'NOT_FOUND'],
  [405, 'METHOD_NOT_ALLOWED'],
  [408, 'REQUEST_TIMEOUT'],
  [413, 'PAYLOAD_TOO_LARGE'],
  [414, 'URI_TOO_LONG'],
  [415, 'UNSUPPORTED_MEDIA_TYPE'],
  [429, 'TOO_MANY_REQUESTS'],
  [431, 'HEADERS_TOO_LARGE'],
  [503, 'SERVICE_UNAVAILABLE'],
]);

/** The refusal that an error stands for; its own text stays in the log unless it is one of ours. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const failure = databaseFailure(error);
  if (failure === 'unavailable') return unavailable();
  if (failure === 'conflict') return new Problem('CONFLICT');
  if (failure === 'invalid-input') return new Problem('BAD_REQUEST', { detail: 'A value is out of its range' });
  const status = statusOf(error);
  if (status === 503) return unavailable();
  const code = codeByStatus.get(status) ?? (status >= 400 && status < 500 ? 'BAD_REQUEST' : 'INTERNAL_ERROR');
  return new Problem(code, explain(code));
}

function unavailable(): Problem {
  return new Problem('SERVICE_UNAVAILABLE', { headers: { 'retry-after': '2' } });
}

function explain(code: ProblemCode): { detail?: string } {
  if (code === 'BAD_REQUEST') return { detail: 'The body is not valid JSON, or the address is not valid' };
  if (code === 'UNSUPPORTED_MEDIA_TYPE')
    return { detail: 'The body must be application/json, or what the call says in its place' };
  return code === 'NOT_FOUND' ? { detail: 'There is nothing at this address' } : { detail: problemCodes[code].title };
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  // Fastify's own errors, the body parser's among them, carry their status.
  const status: unknown = error instanceof Error ? Reflect.get(error, 'statusCode') : undefined;
  return typeof status === 'number' ? status : 500;
}
