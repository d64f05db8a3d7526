import { AccessModule } from '@gatehouse/access';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { GrantEntity } from './grant.entity.js';
import { GrantsController } from './grants.controller.js';
import { GrantsService } from './grants.service.js';
import { HandingOver } from './handing-over.js';
import { RoleEntity } from './role.entity.js';
import { RolePermissionEntity } from './role-permission.entity.js';
import { RolesController } from './roles.controller.js';
import { rolesPermissions } from './roles.permissions.js';
import { RolesRepository } from './roles.repository.js';

@Module({
  imports: [
    AccessModule.forFeature(rolesPermissions),
    TypeOrmModule.forFeature([RoleEntity, RolePermissionEntity, GrantEntity]),
  ],
  controllers: [RolesController, GrantsController],
  providers: [RolesRepository, HandingOver, GrantsService],
  exports: [HandingOver],
})
export class RolesModule {}
