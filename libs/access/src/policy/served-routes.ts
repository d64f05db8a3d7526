import { type INestApplicationContext, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, RouteOptions } from 'fastify';
import type { Policy } from './policy.js';
import { PolicyRegistry } from './policy-registry.js';

export interface ServedRoute {
  readonly method: string;
  /** Path as Fastify serves it, parameters written `:id`. */
  readonly path: string;
  readonly policy: Policy;
}

/** The boot is refused; the message lists every handler and route that no policy, or no sound one, stands on. */
export class UndeclaredAccessError extends Error {
  override readonly name = 'UndeclaredAccessError';

  constructor(readonly offenders: readonly string[]) {
    super(
      `Access is not declared soundly, so nothing is served:\n${offenders.map((line) => `  - ${line}`).join('\n')}`,
    );
  }
}

/**
 * The check of the boot for a process that serves nothing.
 * @throws UndeclaredAccessError
 */
export function assertDeclaredAccess(app: INestApplicationContext): void {
  const offenders = app.get(PolicyRegistry).problems();
  if (offenders.length > 0) throw new UndeclaredAccessError(offenders);
}

/**
 * Watches what the server really serves. A route that comes from no controller, put on Fastify itself by whomever, is
 * an offender unless it was opened by name.
 */
@Injectable()
export class ServedRoutes {
  private readonly served: ServedRoute[] = [];
  private readonly raw: string[] = [];
  private readonly unmatched: string[] = [];
  /** From the start only what @fastify/cors answers preflights with: it reaches no handler and tells no data. */
  private readonly opened = new Set(['OPTIONS *']);
  private readonly checks: (() => readonly string[])[] = [];

  constructor(host: HttpAdapterHost, registry: PolicyRegistry) {
    this.checks.push(() => registry.problems());
    // Set before the modules, or after them by a testing module; to `null` for a command, which serves nothing.
    host.init$.subscribe(() => this.watch(host.httpAdapter?.getInstance()));
  }

  /** Says that a raw route is meant to be open to anyone: `GET /docs`. */
  open(...routes: readonly string[]): void {
    for (const route of routes) this.opened.add(route);
  }

  /** Adds a check of the boot: what it answers is listed among the offenders. */
  check(offenders: () => readonly string[]): void {
    this.checks.push(offenders);
  }

  /** Every route that a controller's handler serves, with its policy. */
  routes(): readonly ServedRoute[] {
    return this.served;
  }

  /** Every raw route that is served because it was opened by name: `GET /docs`. */
  openRoutes(): readonly string[] {
    return this.raw.filter((route) => this.isOpened(route) && !route.startsWith('HEAD '));
  }

  private watch(server: Partial<FastifyInstance> | undefined): void {
    server?.addHook?.('onRoute', (route) => this.note(route));
    server?.addHook?.('onReady', (done) => done(this.offence()));
  }

  private note({ method, url, config }: RouteOptions): void {
    const access = config?.access;
    for (const verb of [method].flat()) {
      if (access === undefined) this.raw.push(`${verb} ${url}`);
      else if (access.policy !== undefined) this.serve({ method: verb, path: url, policy: access.policy });
    }
  }

  private serve(route: ServedRoute): void {
    const { method, path, policy } = route;
    this.served.push(route);
    const param = policy.owner?.param;
    if (param === undefined || method === 'HEAD' || path.split('/').includes(`:${param}`)) return;
    this.unmatched.push(`${policy.name} says @Owner by the parameter "${param}", which ${method} ${path} has not`);
  }

  private isOpened(route: string): boolean {
    return this.opened.has(route) || this.opened.has(route.replace(/^HEAD /, 'GET '));
  }

  private offence(): UndeclaredAccessError | undefined {
    const raw = this.raw
      .filter((route) => !this.isOpened(route))
      .map((route) => `${route} is a raw route on the server: make it a controller's, with its access declared`);
    const offenders = [...this.checks.flatMap((check) => check()), ...this.unmatched, ...raw];
    return offenders.length === 0 ? undefined : new UndeclaredAccessError(offenders);
  }
}
