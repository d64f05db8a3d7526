export { AccessModule } from './access.module.js';
export type { Check, CheckName, CheckOutcome } from './decision/check-list.js';
export { accessCookie, csrfCookie, csrfHeader } from './decision/cookie-credential.js';
export { Explainer, type Explanation } from './decision/explainer.js';
export type { Way } from './decision/holdings.js';
export {
  Authenticator,
  type Credential,
  type GrantFacts,
  InvalidCredential,
  type PrincipalFacts,
  PrincipalSource,
  type ResourceLoader,
  type UserFacts,
} from './decision/ports.js';
export { Principal, type SessionFacts } from './decision/principal.js';
export { Reach, type ReachedCall, requiredInWords, type Verdict } from './decision/reach.js';
export { LoadsResource } from './decision/resource-loaders.js';
export { AccessChanges } from './freshness/access-changes.js';
export { PrincipalCache } from './freshness/principal-cache.js';
export { clientNetwork } from './limits/client-network.js';
export type { NamedLimit } from './limits/limit-names.js';
export { AccountNaming, type LimitStanding, RateLimiter } from './limits/rate-limiter.js';
export { type AccessMatrix, type RoleFacts, RoleSource } from './matrix/access-matrix.js';
export { matrixOf } from './matrix/application-matrix.js';
export { filtered, type MatrixFilter, matrixPage, matrixTable } from './matrix/matrix-page.js';
export { openApiDocument, serveDocs } from './openapi/document.js';
export { PolicyRegistry } from './policy/policy-registry.js';
export { assertDeclaredAccess, type ServedRoute, ServedRoutes, UndeclaredAccessError } from './policy/served-routes.js';
export {
  Auth,
  type AuthOptions,
  Owner,
  type OwnerOptions,
  Permission,
  Public,
  RateLimit,
  Role,
  System,
} from './vocabulary/decorators.js';
export { CurrentUser, Resource } from './vocabulary/parameters.js';
export { PermissionCatalogue, type PermissionDeclarations, type PermissionName } from './vocabulary/permissions.js';
