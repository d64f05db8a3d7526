import { VersionedCache } from '@gatehouse/platform/cache';
import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { Cursors, offsetOf, Page, Problem, type Total, type Versions } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ProductDto } from './dto/product.dto.js';
import type { CreateProductDto, ListProductsQuery, UpdateProductDto } from './dto/product-requests.dto.js';
import type { ProductFilter, ProductSort } from './product-list.js';
import { type ListedProduct, ProductsRepository, type ProductWindow } from './products.repository.js';
import { StockRepository } from './stock.repository.js';

const cacheName = 'products';
/** Orders change stock without retiring the cache, so a cached page may be this old. */
const cacheMs = 2_000;

/** Those change with the catalogue alone, which retires the cache. */
const totalCacheMs = 60_000;

interface CachedPage {
  readonly items: ProductDto[];
  readonly nextCursor: string | null;
}

@Injectable()
export class ProductsService {
  constructor(
    private readonly repository: ProductsRepository,
    private readonly stock: StockRepository,
    private readonly cache: VersionedCache,
    private readonly cursors: Cursors,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem VALIDATION_FAILED for a cursor of another list. */
  async list(query: ListProductsQuery): Promise<Page<ProductDto>> {
    const { category, q, minPrice, maxPrice, inStock, page, limit, cursor } = query;
    const filter = { category, q, minPrice, maxPrice, inStock: inStock === undefined ? undefined : inStock === 'true' };
    const sort: ProductSort = query.sort ?? (q === undefined ? '-createdAt' : '-relevance');
    const filtered = JSON.stringify([category, q, minPrice, maxPrice, inStock]);
    const list = `products ${sort} ${filtered}`;
    const after = cursor === undefined ? undefined : this.cursors.read(list, cursor);
    const window = { sort, limit, offset: after === undefined ? offsetOf(query) : 0, after };
    const key = `${list} ${JSON.stringify([page, limit, after])}`;
    const [{ items, nextCursor }, total] = await Promise.all([
      this.cache.read<CachedPage>(cacheName, key, cacheMs, () => this.load(list, filter, window)),
      this.cache.read<Total>(cacheName, `total ${filtered}`, inStock === undefined ? totalCacheMs : cacheMs, () =>
        this.repository.total(filter),
      ),
    ]);
    return new Page(items, total, { page: after === undefined ? page : null, limit }, nextCursor);
  }

  /** @throws Problem NOT_FOUND */
  async get(id: string): Promise<ListedProduct> {
    const product = await this.repository.byId(id);
    if (product === null) throw new Problem('NOT_FOUND');
    return { ...product, stock: product.stock.quantity };
  }

  create({ name, description, category, price, stock }: CreateProductDto): Promise<ListedProduct> {
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
      await this.repository.insert(product);
      await this.stock.count(id, stock, now);
      return this.get(id);
    });
  }

  /** Has `work` put in as many as it likes, in one transaction: all of them come into the catalogue, or none does. */
  createMany(work: (insert: (products: readonly CreateProductDto[]) => Promise<void>) => Promise<void>): Promise<void> {
    return this.writing(() => work((products) => this.repository.insertMany(products, this.clock.now())));
  }

  /**
   * Changes what is given; the stock alone makes no new version of the product.
   * @throws Problem NOT_FOUND, PRECONDITION_FAILED when it has got another version than one of `versions`.
   */
  update(id: string, dto: UpdateProductDto, versions: Versions): Promise<ListedProduct> {
    const { name, description, category, price, stock } = dto;
    return this.writing(async () => {
      const changes = {
        ...(name === undefined ? {} : { name }),
        ...(description === undefined ? {} : { description }),
        ...(category === undefined ? {} : { category }),
        ...(price === undefined ? {} : { priceAmount: price.amount, currency: price.currency }),
      };
      const now = this.clock.now();
      if (Object.keys(changes).length === 0) await this.assertVersion(id, versions);
      else if (!(await this.repository.update(id, { ...changes, updatedAt: now }, versions))) {
        await this.assertVersion(id, versions);
      }
      if (stock !== undefined) await this.stock.count(id, stock, now);
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

  /** Has every process forget its lists, for whoever has changed the catalogue past this service. */
  retireLists(): Promise<void> {
    return this.writing(() => Promise.resolve());
  }

  private async load(list: string, filter: ProductFilter, window: ProductWindow): Promise<CachedPage> {
    const found = await this.repository.list(filter, window);
    const last = found.length < window.limit ? undefined : found.at(-1);
    const nextCursor = last === undefined ? null : this.cursors.issue(list, [last.position, last.id]);
    return { items: found.map(ProductDto.of), nextCursor };
  }

  private async assertVersion(id: string, versions: Versions): Promise<void> {
    const version = await this.repository.hold(id);
    if (version === undefined) throw new Problem('NOT_FOUND');
    if (versions !== undefined && !versions.includes(version)) throw new Problem('PRECONDITION_FAILED');
  }

  private writing<T>(work: () => Promise<T>): Promise<T> {
    return this.transactions.run(async () => {
      const result = await work();
      await this.cache.retire(cacheName);
      return result;
    });
  }
}
