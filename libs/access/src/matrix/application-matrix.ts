import { auditedEntities } from '@gatehouse/platform/audit';
import type { INestApplicationContext } from '@nestjs/common';
import { ServedRoutes } from '../policy/served-routes.js';
import { PermissionCatalogue } from '../vocabulary/permissions.js';
import { type AccessMatrix, accessMatrix, RoleSource } from './access-matrix.js';

/** The matrix of an application whose server is ready, with the roles of its database. */
export async function matrixOf(app: INestApplicationContext): Promise<AccessMatrix> {
  const served = app.get(ServedRoutes);
  const resources = [...auditedEntities().values()].map(({ resource }) => resource);
  return accessMatrix({
    routes: served.routes(),
    open: served.openRoutes(),
    roles: await app.get(RoleSource, { strict: false }).roles(),
    permissions: app.get(PermissionCatalogue).names(),
    auditedResources: [...new Set(resources)].sort(),
  });
}
