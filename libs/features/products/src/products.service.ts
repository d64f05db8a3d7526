import { VersionedCache } from '@gatehouse/platform/cache';
import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { offsetOf, Page, Problem, sortOf } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ProductDto } from './dto/product.dto.js';
import type { CreateProductDto, ListProductsQuery, UpdateProductDto } from './dto/product-requests.dto.js';
import type { ProductEntity } from './product.entity.js';
import { ProductsRepository } from './products.repository.js';

const cacheName = 'products';
/** Orders change stock without retiring the cache, so a cached page may be this old. */
const cacheMs = 2_000;

interface CachedPage {
  readonly items: ProductDto[];
  readonly total: number;
}

@Injectable()
export class ProductsService {
  constructor(
    private readonly repository: ProductsRepository,
    private readonly cache: VersionedCache,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  async list(query: ListProductsQuery): Promise<Page<ProductDto>> {
    const { category, sort = '-createdAt', page, limit } = query;
    const key = JSON.stringify([category, sort, page, limit]);
    const { items, total } = await this.cache.read<CachedPage>(cacheName, key, cacheMs, async () => {
      const { products, total } = await this.repository.list({
        category,
        sort: sortOf(sort, sortable),
        offset: offsetOf(query),
        limit,
      });
      return { items: products.map(ProductDto.of), total };
    });
    return new Page(items, total, query);
  }

  async get(id: string): Promise<ProductEntity> {
    const product = await this.repository.byId(id);
    if (product === null) throw new Problem('NOT_FOUND');
    return product;
  }

  create({ name, description, category, price, stock }: CreateProductDto): Promise<ProductEntity> {
    const now = this.clock.now();
    const id = uuidv7();
    const { amount: priceAmount, currency } = price;
    return this.writing(async () => {
      const product = {
        id,
        name,
        description,
        category,
        priceAmount,
        currency,
        createdAt: now,
        updatedAt: now,
        deletedAt: null,
      };
      await this.repository.insert(product, stock);
      return this.get(id);
    });
  }

  /** Has `work` put in as many as it likes, in one transaction: all of them come into the catalogue, or none does. */
  createMany(work: (insert: (products: readonly CreateProductDto[]) => Promise<void>) => Promise<void>): Promise<void> {
    return this.writing(() => work((products) => this.repository.insertMany(products, this.clock.now())));
  }

  update(id: string, { name, description, category, price, stock }: UpdateProductDto): Promise<ProductEntity> {
    return this.writing(async () => {
      const changes = {
        ...(name === undefined ? {} : { name }),
        ...(description === undefined ? {} : { description }),
        ...(category === undefined ? {} : { category }),
        ...(price === undefined ? {} : { priceAmount: price.amount, currency: price.currency }),
        updatedAt: this.clock.now(),
      };
      if (!(await this.repository.update(id, changes))) throw new Problem('NOT_FOUND');
      if (stock !== undefined) await this.repository.setStock(id, stock);
      return this.get(id);
    });
  }

  /** Takes it out of the catalogue; orders that hold it keep their lines. */
  remove(id: string): Promise<void> {
    return this.writing(async () => {
      const gone = await this.repository.update(id, { deletedAt: this.clock.now() });
      if (!gone) throw new Problem('NOT_FOUND');
    });
  }

  private writing<T>(work: () => Promise<T>): Promise<T> {
    return this.transactions.run(async () => {
      const result = await work();
      await this.cache.retire(cacheName);
      return result;
    });
  }
}

const sortable = { createdAt: 'createdAt', price: 'priceAmount', name: 'name' } as const;
