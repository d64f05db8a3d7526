import { Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { ProductsRepository } from './products.repository.js';

export interface Wanted {
  readonly productId: string;
  readonly quantity: number;
}

/** What was taken for an order, at the price and under the name of this moment. */
export interface Taken extends Wanted {
  readonly name: string;
  readonly unitAmount: number;
  readonly currency: string;
}

/** Taking from the stock and giving back, for those who sell; joins the caller's transaction. */
@Injectable()
export class Stock {
  constructor(private readonly repository: ProductsRepository) {}

  /**
   * Takes every wanted piece, or throws and has the transaction take all back.
   * @throws Problem VALIDATION_FAILED for a product that isn't in the catalogue, OUT_OF_STOCK naming what is short.
   */
  async take(wanted: readonly Wanted[]): Promise<Taken[]> {
    const products = new Map(
      (await this.repository.pricesOf(wanted.map((item) => item.productId))).map((found) => [found.id, found]),
    );
    const taken = wanted.map((item, index): Taken => {
      const product = products.get(item.productId);
      if (product === undefined) {
        throw new Problem('VALIDATION_FAILED', {
          errors: [{ field: `items.${index}.productId`, message: 'is not in the catalogue' }],
        });
      }
      return { ...item, name: product.name, unitAmount: product.priceAmount, currency: product.currency };
    });
    for (const { productId, quantity } of inLockingOrder(wanted)) {
      if (!(await this.repository.takeStock(productId, quantity))) {
        throw new Problem('OUT_OF_STOCK', {
          detail: `Not ${quantity} left of ${products.get(productId)?.name ?? productId}`,
        });
      }
    }
    return taken;
  }

  async giveBack(items: readonly Wanted[]): Promise<void> {
    for (const { productId, quantity } of inLockingOrder(items))
      await this.repository.giveStockBack(productId, quantity);
  }
}

/** Always the same order of rows, so that two orders of the same products can't wait for each other. */
function inLockingOrder(items: readonly Wanted[]): Wanted[] {
  return items.toSorted((a, b) => (a.productId < b.productId ? -1 : 1));
}
