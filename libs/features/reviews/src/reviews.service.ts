import { OrdersService } from '@gatehouse/features/orders';
import { ProductsService } from '@gatehouse/features/products';
import { Clock } from '@gatehouse/platform/clock';
import { brokenConstraint, Transactions } from '@gatehouse/platform/database';
import { offsetOf, Page, Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { ListReviewsQuery, UpdateReviewDto, WriteReviewDto } from './dto/review-requests.dto.js';
import { ReviewEntity } from './review.entity.js';
import { ReviewsRepository } from './reviews.repository.js';

@Injectable()
export class ReviewsService {
  constructor(
    private readonly repository: ReviewsRepository,
    private readonly orders: OrdersService,
    private readonly products: ProductsService,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /** What may be shown of a product's reviews. */
  async list(productId: string, query: ListReviewsQuery): Promise<Page<ReviewEntity>> {
    await this.products.get(productId);
    const [reviews, total] = await this.repository.shownOf(productId, offsetOf(query), query.limit);
    return new Page(reviews, total, query);
  }

  /** @throws Problem NOT_BOUGHT without an order of the product that stands, CONFLICT for a second review of it. */
  async write(userId: string, productId: string, { rating, text }: WriteReviewDto): Promise<ReviewEntity> {
    await this.products.get(productId);
    if (!(await this.orders.hasBought(userId, productId))) throw new Problem('NOT_BOUGHT');
    const now = this.clock.now();
    const made = { id: uuidv7(), userId, productId, rating, text, hiddenAt: null, createdAt: now, updatedAt: now };
    const review = Object.assign(new ReviewEntity(), made);
    try {
      await this.transactions.run(() => this.repository.insert(review));
    } catch (error) {
      if (brokenConstraint(error) !== 'reviews_once') throw error;
      throw new Problem('CONFLICT', { detail: 'You have reviewed this product: change that review' });
    }
    return review;
  }

  update({ id }: ReviewEntity, { rating, text }: UpdateReviewDto): Promise<ReviewEntity> {
    const changes = { ...(rating === undefined ? {} : { rating }), ...(text === undefined ? {} : { text }) };
    return this.transactions.run(async () => {
      if (Object.keys(changes).length > 0)
        await this.repository.update(id, { ...changes, updatedAt: this.clock.now() });
      return this.get(id);
    });
  }

  remove({ id }: ReviewEntity): Promise<void> {
    return this.transactions.run(() => this.repository.delete(id));
  }

  /** Takes a review out of the public list; its author still has it. */
  hide(id: string): Promise<ReviewEntity> {
    return this.transactions.run(async () => {
      await this.repository.hide(id, this.clock.now());
      return this.get(id);
    });
  }

  private async get(id: string): Promise<ReviewEntity> {
    const review = await this.repository.load(id);
    if (review === undefined) throw new Problem('NOT_FOUND');
    return review;
  }
}
