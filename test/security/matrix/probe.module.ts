import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Injectable, Module } from '@nestjs/common';
import { APP_INTERCEPTOR, HttpAdapterHost } from '@nestjs/core';
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { type Observable, of } from 'rxjs';

/**
 * Stands between the guards and the handler, before anything of the route's own: a request that says it is a probe has
 * come as far as the handler, is told so, and has no effect. Any other request goes its way.
 */
@Injectable()
class ReachedInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    if (http.getRequest<FastifyRequest>().headers['x-probe'] === undefined) return next.handle();
    const handler = `${context.getClass().name}.${context.getHandler().name}`;
    http.getResponse<FastifyReply>().header('x-reached', handler);
    return of({ reached: handler });
  }
}

/** What the server has really been given to serve, heard from Fastify itself. */
@Injectable()
export class HeardRoutes {
  readonly routes = new Set<string>();

  constructor(host: HttpAdapterHost) {
    host.init$.subscribe(() => {
      host.httpAdapter.getInstance().addHook('onRoute', ({ method, url }: RouteOptions) => {
        for (const verb of [method].flat()) this.routes.add(`${verb} ${url}`);
      });
    });
  }
}

@Module({ providers: [HeardRoutes, { provide: APP_INTERCEPTOR, useClass: ReachedInterceptor }] })
export class ProbeModule {}
