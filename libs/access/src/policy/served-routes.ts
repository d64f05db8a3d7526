import { Injectable } from '@nestjs/common';
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
 * Watches what the server really serves. A route that comes from no controller, put on Fastify itself by whomever, is
 * an offender unless it was opened by name.
 */
@Injectable()
export class ServedRoutes {
  private readonly served: ServedRoute[] = [];
  private readonly raw: string[] = [];
  private readonly opened = new Set<string>();
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

  private watch(server: Partial<FastifyInstance> | undefined): void {
    server?.addHook?.('onRoute', (route) => this.note(route));
    server?.addHook?.('onReady', (done) => done(this.offence()));
  }

  private note({ method, url, config }: RouteOptions): void {
    const access = config?.access;
    for (const verb of [method].flat()) {
      if (access === undefined) this.raw.push(`${verb} ${url}`);
      else if (access.policy !== undefined) this.served.push({ method: verb, path: url, policy: access.policy });
    }
  }

  private offence(): UndeclaredAccessError | undefined {
    const raw = this.raw
      .filter((route) => !this.opened.has(route) && !this.opened.has(route.replace(/^HEAD /, 'GET ')))
      .map((route) => `${route} is a raw route on the server: make it a controller's, with its access declared`);
    const offenders = [...this.checks.flatMap((check) => check()), ...raw];
    return offenders.length === 0 ? undefined : new UndeclaredAccessError(offenders);
  }
}
