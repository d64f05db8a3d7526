import { Injectable } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';
import { PermissionCatalogue } from '../vocabulary/permissions.js';
import type { Policy } from './policy.js';
import { resolvePolicy } from './resolve-policy.js';

type Handler = (...parameters: never[]) => unknown;

/**
 * The policy of every handler, resolved once. Guards, documentation and matrix all read it; a handler that isn't in
 * it is denied.
 */
@Injectable()
export class PolicyRegistry {
  private readonly byController = new Map<unknown, Map<unknown, Policy>>();
  private readonly found: string[] = [];

  constructor(modules: ModulesContainer, catalogue: PermissionCatalogue) {
    const scanner = new MetadataScanner();
    for (const { controllers } of modules.values()) {
      for (const { metatype } of controllers.values()) {
        if (isHandler(metatype) && !this.byController.has(metatype)) this.register(metatype, scanner, catalogue);
      }
    }
  }

  policyOf(controller: unknown, handler: unknown): Policy | undefined {
    return this.byController.get(controller)?.get(handler);
  }

  policies(): Policy[] {
    return [...this.byController.values()].flatMap((handlers) => [...handlers.values()]);
  }

  /** Everything that is wrong with what the decorators say. */
  problems(): readonly string[] {
    return this.found;
  }

  private register(controller: Handler, scanner: MetadataScanner, catalogue: PermissionCatalogue): void {
    const handlers = new Map<unknown, Policy>();
    const prototype: Record<string, unknown> = controller.prototype;
    for (const name of scanner.getAllMethodNames(prototype)) {
      const handler = prototype[name];
      if (!isHandler(handler) || !Reflect.hasMetadata(METHOD_METADATA, handler)) continue;
      const resolution = resolvePolicy(controller, handler, catalogue);
      if ('problems' in resolution) this.found.push(...resolution.problems);
      else handlers.set(handler, resolution.policy);
      // Nest hands this to Fastify with the route, by which the boot check tells a handler from a raw route.
      const config: RouteAccess = { handler: `${controller.name}.${name}`, policy: handlers.get(handler) };
      Reflect.defineMetadata(FASTIFY_ROUTE_CONFIG_METADATA, { access: config }, handler);
    }
    this.byController.set(controller, handlers);
  }
}

/** What a served route knows of the handler behind it. */
export interface RouteAccess {
  readonly handler: string;
  readonly policy: Policy | undefined;
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
}
