import type { ReviewEntity } from '../review.entity.js';

/** Says nothing of who wrote it: the list is public. */
export class ReviewDto {
  id!: string;
  productId!: string;
  /** Stars, 1 to 5. */
  rating!: number;
  text!: string;
  /** Whether a moderator took it out of the public list. */
  hidden!: boolean;
  createdAt!: Date;
  updatedAt!: Date;

  static of({ id, productId, rating, text, hiddenAt, createdAt, updatedAt }: ReviewEntity): ReviewDto {
    return { id, productId, rating, text, hidden: hiddenAt !== null, createdAt, updatedAt };
  }
}
