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
import { StockRepository } from './stock.repository.js';
import { StockMovementEntity } from './stock-movement.entity.js';

@Module({
  imports: [
    AccessModule.forFeature(productsPermissions),
    TypeOrmModule.forFeature([ProductEntity, StockEntity, StockMovementEntity]),
  ],
  controllers: [ProductsController],
  providers: [ProductsRepository, ProductsService, Stock, StockRepository],
  exports: [Stock, ProductsService],
})
export class ProductsModule {}
