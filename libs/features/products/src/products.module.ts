import { AccessModule } from '@gatehouse/access';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ImportJobs } from './import/import.jobs.js';
import { ImportsController } from './import/imports.controller.js';
import { ImportsRepository } from './import/imports.repository.js';
import { ImportsService } from './import/imports.service.js';
import { ProductImportEntity } from './import/product-import.entity.js';
import { ProductImportChunkEntity } from './import/product-import-chunk.entity.js';
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
    TypeOrmModule.forFeature([
      ProductEntity,
      StockEntity,
      StockMovementEntity,
      ProductImportEntity,
      ProductImportChunkEntity,
    ]),
  ],
  controllers: [ProductsController, ImportsController],
  providers: [
    ProductsRepository,
    ProductsService,
    Stock,
    StockRepository,
    ImportsRepository,
    ImportsService,
    ImportJobs,
  ],
  exports: [Stock, ProductsService],
})
export class ProductsModule {}
