import { Permission, PermissionCatalogue } from '@gatehouse/access';
import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { PermissionDto, RoleDto } from './dto/role.dto.js';
import { RolesRepository } from './roles.repository.js';

@ApiTags('roles')
@Controller()
@Permission('manage:role', 'assign:role', 'read:access')
export class RolesController {
  constructor(
    private readonly repository: RolesRepository,
    private readonly catalogue: PermissionCatalogue,
  ) {}

  /** The roles with what each holds. */
  @Get('roles')
  async listRoles(): Promise<RoleDto[]> {
    return (await this.repository.roles()).map((role) => RoleDto.of(role, this.catalogue));
  }

  /** The catalogue: every permission that a feature declares. */
  @Get('permissions')
  listPermissions(): PermissionDto[] {
    return this.catalogue.entries();
  }
}
