import { AccessModule } from '@gatehouse/access';
import { RolesModule } from '@gatehouse/features/roles';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { MeController } from './me.controller.js';
import { UserEntity } from './user.entity.js';
import { UsersController } from './users.controller.js';
import { usersPermissions } from './users.permissions.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

@Module({
  imports: [AccessModule.forFeature(usersPermissions), TypeOrmModule.forFeature([UserEntity]), RolesModule],
  controllers: [MeController, UsersController],
  providers: [UsersRepository, UsersService],
  exports: [UsersService],
})
export class UsersModule {}
