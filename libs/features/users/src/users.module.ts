import { AccessModule } from '@gatehouse/access';
import { RolesModule } from '@gatehouse/features/roles';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountsService } from './accounts.service.js';
import { MeController } from './me.controller.js';
import { MeService } from './me.service.js';
import { MyLimitsController } from './my-limits.controller.js';
import { UserEntity } from './user.entity.js';
import { UsersController } from './users.controller.js';
import { usersPermissions } from './users.permissions.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

@Module({
  imports: [AccessModule.forFeature(usersPermissions), TypeOrmModule.forFeature([UserEntity]), RolesModule],
  controllers: [MeController, MyLimitsController, UsersController],
  providers: [UsersRepository, UsersService, AccountsService, MeService],
  exports: [UsersService],
})
export class UsersModule {}
