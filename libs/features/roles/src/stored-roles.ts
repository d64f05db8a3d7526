import { PermissionCatalogue, type RoleFacts, type RoleSource } from '@gatehouse/access';
import { Injectable } from '@nestjs/common';
import { RolesRepository } from './roles.repository.js';

/** The roles of the database with what each holds. */
@Injectable()
export class StoredRoles implements RoleSource {
  constructor(
    private readonly repository: RolesRepository,
    private readonly catalogue: PermissionCatalogue,
  ) {}

  async roles(): Promise<RoleFacts[]> {
    return (await this.repository.roles()).map(({ name, permissions }) => ({
      name,
      permissions: name === 'admin' ? this.catalogue.names() : permissions.map(({ permission }) => permission).sort(),
    }));
  }
}
