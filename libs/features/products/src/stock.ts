import { Clock } from '@gatehouse/platform/clock';
import { Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { ProductsRepository } from './products.repository.js';
import { type Pieces, StockRepository } from './stock.repository.js';

/** What was taken for an order, at the price and under the name of this moment. */
export interface Taken extends Pieces {
  readonly name: string;
  readonly unitAmount: number;
  readonly currency: string;
}

/** Taking from the stock and giving back, for those who sell; joins the caller's transaction. */
@Injectable()
export class Stock {
  constructor(
    private readonly products: ProductsRepository,
    private readonly repository: StockRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes every wanted piece, each product named once, or throws and has the transaction take all back.
   * @throws Problem VALIDATION_FAILED for a product that isn't in the catalogue, OUT_OF_STOCK naming what is short.
   */
  async take(wanted: readonly Pieces[], orderId: string): Promise<Taken[]> {
    const found = await this.products.pricesOf(wanted.map(({ productId }) => productId));
    const products = new Map(found.map((product) => [product.id, product]));
    const taken = wanted.map((item, index): Taken => {
      const product = products.get(item.productId);
      if (product === undefined) {
        throw new Problem('VALIDATION_FAILED', {
          errors: [{ field: `items.${index}.productId`, message: 'is not in the catalogue' }],
        });
      }
      return { ...item, name: product.name, unitAmount: product.priceAmount, currency: product.currency };
    });
    const there = new Set(await this.repository.take(wanted, orderId, this.clock.now()));
    const short = taken.filter(({ productId }) => !there.has(productId));
    if (short.length > 0) {
      const pieces = short.map(({ quantity, name }) => `${quantity} left of ${name}`);
      throw new Problem('OUT_OF_STOCK', { detail: `Not ${pieces.join(', nor ')}` });
    }
    return taken;
  }

  /** Gives back what the order took. */
  giveBack(items: readonly Pieces[], orderId: string): Promise<void> {
    return this.repository.giveBack(items, orderId, this.clock.now());
  }
}
