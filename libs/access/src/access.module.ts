import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { JobGate } from '@gatehouse/platform/jobs';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { APP_GUARD, ModulesContainer } from '@nestjs/core';
import { ThrottlerModule, type ThrottlerModuleOptions } from '@nestjs/throttler';
import { AccessGuard } from './decision/access.guard.js';
import { Decision } from './decision/decision.js';
import { Denials } from './decision/denials.js';
import { Explainer } from './decision/explainer.js';
import { JobAccess } from './decision/job-access.js';
import { Reach } from './decision/reach.js';
import { ResourceLoaders } from './decision/resource-loaders.js';
import { AccessChanges } from './freshness/access-changes.js';
import { PrincipalCache } from './freshness/principal-cache.js';
import { LimitStorage } from './limits/limit-storage.js';
import { RateLimiter } from './limits/rate-limiter.js';
import { PolicyRegistry } from './policy/policy-registry.js';
import { RouteMatcher } from './policy/route-matcher.js';
import { ServedRoutes } from './policy/served-routes.js';
import { PermissionCatalogue, type PermissionDeclarations } from './vocabulary/permissions.js';

class DeclaredPermissions {
  constructor(readonly declarations: PermissionDeclarations) {}
}

@Module({ providers: [LimitStorage], exports: [LimitStorage] })
class LimitStorageModule {}

/**
 * Access control for the whole application. It asks its ports (who is this, what do they hold, which account does a
 * body name) and knows no feature; the modules that implement {@link Authenticator}, {@link PrincipalSource} and
 * {@link AccountNaming} export them globally.
 */
@Global()
@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      imports: [LimitStorageModule],
      inject: [CONFIGURATION, LimitStorage],
      useFactory: throttling,
    }),
  ],
  providers: [
    { provide: PermissionCatalogue, inject: [ModulesContainer], useFactory: gatherPermissions },
    PolicyRegistry,
    ServedRoutes,
    RouteMatcher,
    ResourceLoaders,
    RateLimiter,
    PrincipalCache,
    AccessChanges,
    Denials,
    Decision,
    Explainer,
    { provide: JobGate, useClass: JobAccess },
    Reach,
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [
    PermissionCatalogue,
    PolicyRegistry,
    ServedRoutes,
    PrincipalCache,
    AccessChanges,
    RateLimiter,
    Explainer,
    JobGate,
    Reach,
  ],
})
export class AccessModule {
  /** Declares the permissions of a feature; imported by its module. */
  static forFeature(permissions: PermissionDeclarations): DynamicModule {
    return {
      module: FeaturePermissions,
      providers: [{ provide: DeclaredPermissions, useValue: new DeclaredPermissions(permissions) }],
    };
  }
}

@Module({})
class FeaturePermissions {}

function throttling(configuration: Configuration, storage: LimitStorage): ThrottlerModuleOptions {
  const { RATE_LIMIT_ANONYMOUS: anonymous, RATE_LIMIT_USER: user } = configuration;
  return {
    storage,
    throttlers: [
      { name: 'anonymous', limit: anonymous.limit, ttl: anonymous.windowMs },
      { name: 'user', limit: user.limit, ttl: user.windowMs },
    ],
  };
}

function gatherPermissions(modules: ModulesContainer): PermissionCatalogue {
  const catalogue = new PermissionCatalogue();
  for (const { providers } of modules.values()) {
    const declared: unknown = providers.get(DeclaredPermissions)?.instance;
    if (declared instanceof DeclaredPermissions) catalogue.add(declared.declarations);
  }
  return catalogue;
}
