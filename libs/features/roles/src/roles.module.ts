import { AccessModule, RoleSource } from '@gatehouse/access';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { GrantEntity } from './grant.entity.js';
import { GrantEnds } from './grant-ends.js';
import { GrantsCleaning } from './grants.cleaning.js';
import { GrantsController } from './grants.controller.js';
import { GrantsService } from './grants.service.js';
import { HandingOver } from './handing-over.js';
import { RoleEntity } from './role.entity.js';
import { RolePermissionEntity } from './role-permission.entity.js';
import { RolesController } from './roles.controller.js';
import { rolesPermissions } from './roles.permissions.js';
import { RolesRepository } from './roles.repository.js';
import { RolesService } from './roles.service.js';
import { StoredRoles } from './stored-roles.js';

@Module({
  imports: [
    AccessModule.forFeature(rolesPermissions),
    TypeOrmModule.forFeature([RoleEntity, RolePermissionEntity, GrantEntity]),
  ],
  controllers: [RolesController, GrantsController],
  providers: [
    RolesRepository,
    HandingOver,
    RolesService,
    GrantsService,
    GrantEnds,
    GrantsCleaning,
    { provide: RoleSource, useClass: StoredRoles },
  ],
  exports: [HandingOver, GrantsService],
})
export class RolesModule {}
