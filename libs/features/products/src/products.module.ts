import { AccessModule } from '@gatehouse/access';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ProductEntity } from './product.entity.js';
import { ProductsController } from './products.controller.js';
import { productsPermissions } from './products.permissions.js';
import { ProductsRepository } from './products.repository.js';
import { ProductsService } from './products.service.js';
import { StockEntity } from './stock.entity.js';
import { Stock } from './stock.js';

@Module({
  imports: [AccessModule.forFeature(productsPermissions), TypeOrmModule.forFeature([ProductEntity, StockEntity])],
  controllers: [ProductsController],
  providers: [ProductsRepository, ProductsService, Stock],
  exports: [Stock, ProductsService],
})
export class ProductsModule {}
