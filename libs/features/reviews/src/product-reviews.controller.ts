import { Auth, CurrentUser, Principal, Public, RateLimit } from '@gatehouse/access';
import { Id, Lists, Page, Refuses } from '@gatehouse/platform/http';
import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ReviewDto } from './dto/review.dto.js';
import { ListReviewsQuery, WriteReviewDto } from './dto/review-requests.dto.js';
import { ReviewsService } from './reviews.service.js';

@ApiTags('reviews')
@Controller('products/:id/reviews')
export class ProductReviewsController {
  constructor(private readonly reviews: ReviewsService) {}

  /** A product's reviews, newest first. */
  @Get()
  @Public()
  @Lists(() => ReviewDto)
  async list(@Id() productId: string, @Query() query: ListReviewsQuery): Promise<Page<ReviewDto>> {
    return (await this.reviews.list(productId, query)).map(ReviewDto.of);
  }

  /** Reviews a product that you have bought. */
  @Post()
  @Auth()
  @RateLimit(30, '1m')
  @Refuses('NOT_BOUGHT', 'CONFLICT')
  async write(
    @CurrentUser() { id }: Principal,
    @Id() productId: string,
    @Body() dto: WriteReviewDto,
  ): Promise<ReviewDto> {
    return ReviewDto.of(await this.reviews.write(id, productId, dto));
  }
}
