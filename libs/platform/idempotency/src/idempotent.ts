import { createHash } from 'node:crypto';
import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { Problem } from '@gatehouse/platform/http';
import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { defer, lastValueFrom, type Observable } from 'rxjs';

interface Stored {
  readonly requestHash: Buffer;
  readonly status: number;
  readonly body: unknown;
}

const acceptableKey = /^[\x21-\x7e]{1,255}$/;

/**
 * Runs the handler and stores its answer in one transaction, under user + route + key. A repetition is answered from
 * there; one that comes while the first is at work is 409, one with another body 422. A refusal stores nothing.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const key = request.headers['idempotency-key'];
    const userId = request.facts?.actorId;
    if (typeof key !== 'string' || !acceptableKey.test(key)) throw new Problem('IDEMPOTENCY_KEY_REQUIRED');
    if (userId === undefined) throw new Error('an idempotent route needs a signed-in caller');
    const route = `${request.method} ${request.routeOptions.url ?? ''}`;
    const { params, body } = request;
    const hash = createHash('sha256').update(canonical({ params, body })).digest();
    return defer(() =>
      this.transactions.run(async () => {
        const stored = await this.claim(userId, route, key);
        if (stored === undefined) return this.perform(next, reply, [userId, route, key, hash]);
        if (!stored.requestHash.equals(hash)) throw new Problem('IDEMPOTENCY_KEY_REUSED');
        void reply.code(stored.status).header('idempotency-replayed', 'true');
        return stored.body;
      }),
    );
  }

  private async claim(userId: string, route: string, key: string): Promise<Stored | undefined> {
    const [lock] = await this.transactions.query<{ held: boolean }>(
      'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS held',
      [`${userId} ${route} ${key}`],
    );
    if (lock?.held !== true) throw new Problem('REQUEST_IN_PROGRESS', { headers: { 'retry-after': '1' } });
    const [stored] = await this.transactions.query<Stored>(
      `SELECT request_hash AS "requestHash", status, body FROM idempotency_keys
       WHERE user_id = $1 AND route = $2 AND key = $3`,
      [userId, route, key],
    );
    return stored;
  }

  private async perform(
    next: CallHandler<unknown>,
    reply: FastifyReply,
    claimed: readonly unknown[],
  ): Promise<unknown> {
    const body = await lastValueFrom(next.handle());
    // A refusal that was answered instead of thrown binds nobody to it.
    if (reply.statusCode < 200 || reply.statusCode > 299) return body;
    await this.transactions.query(
      `INSERT INTO idempotency_keys (user_id, route, key, request_hash, status, body, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [...claimed, reply.statusCode, JSON.stringify(body ?? null), this.clock.now()],
    );
    return body;
  }
}

/** The same request however its fields are ordered. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`;
}

/** The handler demands the header Idempotency-Key, and has its effect once for each. */
export const Idempotent = () =>
  applyDecorators(
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: true,
      description: 'Chosen by the client, 1 to 255 visible characters; repeating a request with it has its effect once',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    }),
  );
