import { Auth, CurrentUser, Permission, PermissionCatalogue, Principal } from '@gatehouse/access';
import { Refuses } from '@gatehouse/platform/http';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { PermissionDto, RoleDto } from './dto/role.dto.js';
import { CreateRoleDto, UpdateRoleDto } from './dto/role-requests.dto.js';
import { RolesService } from './roles.service.js';

@ApiTags('roles')
@Controller()
@Permission('manage:role', 'assign:role', 'read:access')
export class RolesController {
  constructor(
    private readonly roles: RolesService,
    private readonly catalogue: PermissionCatalogue,
  ) {}

  /** The roles with what each holds. */
  @Get('roles')
  async listRoles(): Promise<RoleDto[]> {
    return (await this.roles.list()).map((role) => RoleDto.of(role, this.catalogue));
  }

  /** One role. */
  @Get('roles/:name')
  async get(@Param('name') name: string): Promise<RoleDto> {
    return RoleDto.of(await this.roles.get(name), this.catalogue);
  }

  /** Makes a role of permissions that you hold. */
  @Post('roles')
  @Permission('manage:role')
  @Auth({ maxAge: '15m' })
  @Refuses('CONFLICT')
  async create(@CurrentUser() actor: Principal, @Body() dto: CreateRoleDto): Promise<RoleDto> {
    return RoleDto.of(await this.roles.create(actor, dto), this.catalogue);
  }

  /** Changes a role that holds no more than you do, before and after. In force at once for all who have it. */
  @Patch('roles/:name')
  @Permission('manage:role')
  @Auth({ maxAge: '15m' })
  @Refuses('SYSTEM_ROLE')
  async update(
    @CurrentUser() actor: Principal,
    @Param('name') name: string,
    @Body() dto: UpdateRoleDto,
  ): Promise<RoleDto> {
    return RoleDto.of(await this.roles.update(actor, name, dto), this.catalogue);
  }

  /** Deletes a role that nobody has and the system doesn't need. */
  @Delete('roles/:name')
  @HttpCode(204)
  @Permission('manage:role')
  @Auth({ maxAge: '15m' })
  @Refuses('SYSTEM_ROLE', 'ROLE_IN_USE')
  async remove(@CurrentUser() actor: Principal, @Param('name') name: string): Promise<void> {
    await this.roles.remove(actor, name);
  }

  /** The catalogue: every permission that a feature declares. */
  @Get('permissions')
  listPermissions(): PermissionDto[] {
    return this.catalogue.entries();
  }
}
