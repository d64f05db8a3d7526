import { Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';
import { PermissionCatalogue } from '../vocabulary/permissions.js';
import type { Policy, WayIn } from './policy.js';
import { resolvePolicy } from './resolve-policy.js';
import { type Entrance, findEntrances } from './ways-in.js';

/**
 * The policy of every handler, resolved once. Guards, documentation and matrix all read it; a handler that isn't in
 * it is denied.
 */
@Injectable()
export class PolicyRegistry {
  private readonly byOwner = new Map<unknown, Map<unknown, Policy>>();
  private readonly found: string[] = [];
  private readonly decided = new Set<WayIn>(['route']);

  constructor(modules: ModulesContainer, catalogue: PermissionCatalogue) {
    const { all, problems } = findEntrances(modules);
    for (const entrance of all) this.register(entrance, catalogue);
    this.found.push(...problems);
  }

  policyOf(owner: unknown, handler: unknown): Policy | undefined {
    return this.byOwner.get(owner)?.get(handler);
  }

  policies(): Policy[] {
    return [...this.byOwner.values()].flatMap((handlers) => [...handlers.values()]);
  }

  /** Says that calls of this kind are decided by their policy here; until somebody says it, none may be declared. */
  decides(way: WayIn): void {
    this.decided.add(way);
  }

  /** Everything that is wrong with what the decorators say, and every policy that nothing would decide by. */
  problems(): readonly string[] {
    const idle = this.policies().filter(({ way }) => !this.decided.has(way));
    return [...this.found, ...idle.map(({ name, way }) => `${name}: nothing here decides a ${way} by its policy`)];
  }

  private register(entrance: Entrance, catalogue: PermissionCatalogue): void {
    const { owner, handler, method, way } = entrance;
    const resolution = resolvePolicy(entrance, catalogue);
    const policy = 'policy' in resolution ? resolution.policy : undefined;
    if ('problems' in resolution) this.found.push(...resolution.problems);
    if (policy !== undefined) {
      const handlers = this.byOwner.get(owner) ?? new Map<unknown, Policy>();
      this.byOwner.set(owner, handlers.set(handler, policy));
    }
    if (way !== 'route') return;
    // Nest hands this to Fastify with the route, by which the boot check tells a handler from a raw route.
    const config: RouteAccess = { handler: `${owner.name}.${method}`, policy };
    const said: unknown = Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, handler);
    Reflect.defineMetadata(FASTIFY_ROUTE_CONFIG_METADATA, Object.assign({}, said, { access: config }), handler);
  }
}

/** What a served route knows of the handler behind it. */
export interface RouteAccess {
  readonly handler: string;
  readonly policy: Policy | undefined;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
}
