import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { Page } from './page.js';

/** Puts every success into the contract's envelope: `{ data }`, and `{ data, pagination }` for a list. */
@Injectable()
export class EnvelopeInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    return next.handle().pipe(map(envelope));
  }
}

function envelope(value: unknown): unknown {
  if (value === undefined || value instanceof Bare) return value instanceof Bare ? value.body : undefined;
  return value instanceof Page ? { data: value.items, pagination: value.pagination } : { data: value };
}

/** An answer whose form another standard lays down, such as a JWK Set: sent without the envelope. */
export class Bare {
  constructor(readonly body: unknown) {}
}
