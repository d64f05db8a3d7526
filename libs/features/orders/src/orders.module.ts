import { AccessModule } from '@gatehouse/access';
import { ProductsModule } from '@gatehouse/features/products';
import { UsersModule } from '@gatehouse/features/users';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { OrderEntity } from './order.entity.js';
import { OrderLineEntity } from './order-line.entity.js';
import { OrdersController } from './orders.controller.js';
import { OrdersJobs } from './orders.jobs.js';
import { OrderMails } from './orders.mails.js';
import { ordersPermissions } from './orders.permissions.js';
import { OrdersRepository } from './orders.repository.js';
import { OrdersService } from './orders.service.js';

@Module({
  imports: [
    AccessModule.forFeature(ordersPermissions),
    TypeOrmModule.forFeature([OrderEntity, OrderLineEntity]),
    ProductsModule,
    UsersModule,
  ],
  controllers: [OrdersController],
  providers: [OrdersRepository, OrdersService, OrderMails, OrdersJobs],
  exports: [OrdersService],
})
export class OrdersModule {}
