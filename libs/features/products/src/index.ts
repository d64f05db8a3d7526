export type { ProductDto } from './dto/product.dto.js';
export type { CreateProductDto } from './dto/product-requests.dto.js';
export { ProductsModule } from './products.module.js';
export { ProductsService } from './products.service.js';
export {
  catalogueProduct,
  movementsTable,
  orderMovements,
  productsSeed,
  type SeededProduct,
  seededProduct,
} from './seed/products.seed.js';
export { Stock, type Taken } from './stock.js';
