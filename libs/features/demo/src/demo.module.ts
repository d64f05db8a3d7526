import { ProductsModule } from '@gatehouse/features/products';
import { UsersModule } from '@gatehouse/features/users';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DemoService } from './demo.service.js';
import { SeedingEntity } from './seeding.entity.js';
import { SeedingService } from './seeding.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([SeedingEntity]), UsersModule, ProductsModule],
  providers: [DemoService, SeedingService],
  exports: [DemoService, SeedingService],
})
export class DemoModule {}
