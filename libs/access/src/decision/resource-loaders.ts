import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { PolicyRegistry } from '../policy/policy-registry.js';
import { ServedRoutes } from '../policy/served-routes.js';
import { entityName } from '../vocabulary/declaration.js';
import type { ResourceLoader } from './ports.js';

const loaders = new WeakSet<object>();

/** Marks a provider as the {@link ResourceLoader} of its entity. */
export const LoadsResource = (): ClassDecorator => (target) => {
  loaders.add(target);
};

/** Finds the loader of each entity that an `@Owner` names; one that has none fails the boot. */
@Injectable()
export class ResourceLoaders implements OnModuleInit {
  private readonly byEntity = new Map<unknown, ResourceLoader>();

  constructor(
    private readonly modules: ModulesContainer,
    private readonly registry: PolicyRegistry,
    private readonly served: ServedRoutes,
  ) {}

  onModuleInit(): void {
    for (const { providers } of this.modules.values()) {
      for (const { metatype, instance } of providers.values()) {
        if (typeof metatype === 'function' && loaders.has(metatype) && isLoader(instance)) {
          this.byEntity.set(instance.entity, instance);
        }
      }
    }
    this.served.check(() => this.registry.policies().flatMap(({ name, owner }) => this.absence(name, owner?.entity)));
  }

  of(entity: unknown): ResourceLoader {
    const loader = this.byEntity.get(entity);
    if (loader === undefined) throw new Error(`nothing loads ${entityName(entity)}`);
    return loader;
  }

  private absence(handler: string, entity: unknown): string[] {
    if (entity === undefined || this.byEntity.has(entity)) return [];
    return [`${handler} says @Owner(${entityName(entity)}), and no provider marked @LoadsResource() loads that`];
  }
}

function isLoader(instance: unknown): instance is ResourceLoader {
  return typeof instance === 'object' && instance !== null && 'entity' in instance && 'load' in instance;
}
