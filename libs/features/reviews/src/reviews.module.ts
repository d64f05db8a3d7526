import { AccessModule } from '@gatehouse/access';
import { OrdersModule } from '@gatehouse/features/orders';
import { ProductsModule } from '@gatehouse/features/products';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ProductReviewsController } from './product-reviews.controller.js';
import { ReviewEntity } from './review.entity.js';
import { ReviewsController } from './reviews.controller.js';
import { reviewsPermissions } from './reviews.permissions.js';
import { ReviewsRepository } from './reviews.repository.js';
import { ReviewsService } from './reviews.service.js';

@Module({
  imports: [
    AccessModule.forFeature(reviewsPermissions),
    TypeOrmModule.forFeature([ReviewEntity]),
    OrdersModule,
    ProductsModule,
  ],
  controllers: [ProductReviewsController, ReviewsController],
  providers: [ReviewsRepository, ReviewsService],
})
export class ReviewsModule {}
