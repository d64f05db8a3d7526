export { AccessModule } from './access.module.js';
export {
  Authenticator,
  type Credential,
  type GrantFacts,
  InvalidCredential,
  type PrincipalFacts,
  PrincipalSource,
  type ResourceLoader,
} from './decision/ports.js';
export { Principal, type SessionFacts } from './decision/principal.js';
export { LoadsResource } from './decision/resource-loaders.js';
export { AccessChanges } from './freshness/access-changes.js';
export { PrincipalCache } from './freshness/principal-cache.js';
export { AccountNaming } from './limits/rate-limiter.js';
export { openApiDocument, serveDocs } from './openapi/document.js';
export { PolicyRegistry } from './policy/policy-registry.js';
export { type ServedRoute, ServedRoutes, UndeclaredAccessError } from './policy/served-routes.js';
export {
  Auth,
  type AuthOptions,
  Owner,
  type OwnerOptions,
  Permission,
  Public,
  RateLimit,
  Role,
} from './vocabulary/decorators.js';
export { CurrentUser, Resource } from './vocabulary/parameters.js';
export { PermissionCatalogue, type PermissionDeclarations, type PermissionName } from './vocabulary/permissions.js';
