import type { PermissionCatalogue } from '@gatehouse/access';
import type { RoleEntity } from '../role.entity.js';

export class RoleDto {
  name!: string;
  description!: string;
  /** Cannot be deleted. */
  isSystem!: boolean;
  permissions!: string[];

  static of({ name, description, isSystem, permissions }: RoleEntity, catalogue: PermissionCatalogue): RoleDto {
    const held = name === 'admin' ? catalogue.names() : permissions.map(({ permission }) => permission).sort();
    return { name, description, isSystem, permissions: held };
  }
}

export class PermissionDto {
  /** `action:resource` */
  name!: string;
  /** What holding it lets a person do. */
  description!: string;
}
