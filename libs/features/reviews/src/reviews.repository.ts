import { LoadsResource, type ResourceLoader } from '@gatehouse/access';
import { Transactions } from '@gatehouse/platform/database';
import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { ReviewEntity } from './review.entity.js';

@Injectable()
@LoadsResource()
export class ReviewsRepository implements ResourceLoader<ReviewEntity> {
  readonly entity = ReviewEntity;

  constructor(private readonly transactions: Transactions) {}

  private get reviews() {
    return this.transactions.repository(ReviewEntity);
  }

  async load(id: string): Promise<ReviewEntity | undefined> {
    return (await this.reviews.findOneBy({ id })) ?? undefined;
  }

  /** The product's reviews that nobody has hidden, newest first. */
  shownOf(productId: string, offset: number, limit: number): Promise<[ReviewEntity[], number]> {
    return this.reviews.findAndCount({
      where: { productId, hiddenAt: IsNull() },
      order: { createdAt: 'DESC', id: 'DESC' },
      skip: offset,
      take: limit,
    });
  }

  /** @throws the database's conflict on `reviews_once`. */
  async insert(review: ReviewEntity): Promise<void> {
    await this.reviews.insert(review);
  }

  async update(id: string, changes: Partial<Pick<ReviewEntity, 'rating' | 'text' | 'updatedAt'>>): Promise<void> {
    await this.reviews.update({ id }, changes);
  }

  /** Hides the review, unless it is hidden already. */
  async hide(id: string, now: Date): Promise<void> {
    await this.reviews.update({ id, hiddenAt: IsNull() }, { hiddenAt: now, updatedAt: now });
  }

  async delete(id: string): Promise<void> {
    await this.reviews.delete({ id });
  }
}
