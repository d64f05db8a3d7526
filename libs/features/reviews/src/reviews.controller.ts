import { Owner, Permission, RateLimit, Resource } from '@gatehouse/access';
import { Id } from '@gatehouse/platform/http';
import { Body, Controller, Delete, HttpCode, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ReviewDto } from './dto/review.dto.js';
import { UpdateReviewDto } from './dto/review-requests.dto.js';
import { ReviewEntity } from './review.entity.js';
import { ReviewsService } from './reviews.service.js';

@ApiTags('reviews')
@Controller('reviews')
export class ReviewsController {
  constructor(private readonly reviews: ReviewsService) {}

  /** Changes your review. */
  @Patch(':id')
  @Owner(ReviewEntity)
  @RateLimit(30, '1m')
  async update(@Resource() review: ReviewEntity, @Body() dto: UpdateReviewDto): Promise<ReviewDto> {
    return ReviewDto.of(await this.reviews.update(review, dto));
  }

  /** Deletes your review. */
  @Delete(':id')
  @HttpCode(204)
  @Owner(ReviewEntity)
  async remove(@Resource() review: ReviewEntity): Promise<void> {
    await this.reviews.remove(review);
  }

  /** Takes a review out of the public list. */
  @Post(':id/hide')
  @HttpCode(200)
  @Permission('moderate:review')
  async hide(@Id() id: string): Promise<ReviewDto> {
    return ReviewDto.of(await this.reviews.hide(id));
  }
}
