import { Permission, Public } from '@gatehouse/access';
import { Id, Lists, Page } from '@gatehouse/platform/http';
import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ProductDto } from './dto/product.dto.js';
import { CreateProductDto, ListProductsQuery, UpdateProductDto } from './dto/product-requests.dto.js';
import { ProductsService } from './products.service.js';

@ApiTags('products')
@Controller('products')
export class ProductsController {
  constructor(private readonly products: ProductsService) {}

  /** The catalogue, a page at a time. */
  @Get()
  @Public()
  @Lists(() => ProductDto)
  list(@Query() query: ListProductsQuery): Promise<Page<ProductDto>> {
    return this.products.list(query);
  }

  /** One product. */
  @Get(':id')
  @Public()
  async get(@Id() id: string): Promise<ProductDto> {
    return ProductDto.of(await this.products.get(id));
  }

  /** Adds a product to the catalogue. */
  @Post()
  @Permission('create:product')
  async create(@Body() dto: CreateProductDto): Promise<ProductDto> {
    return ProductDto.of(await this.products.create(dto));
  }

  /** Changes what is given and leaves the rest. */
  @Patch(':id')
  @Permission('update:product')
  async update(@Id() id: string, @Body() dto: UpdateProductDto): Promise<ProductDto> {
    return ProductDto.of(await this.products.update(id, dto));
  }

  /** Takes a product out of the catalogue; past orders keep their lines. */
  @Delete(':id')
  @HttpCode(204)
  @Permission('delete:product')
  async remove(@Id() id: string): Promise<void> {
    await this.products.remove(id);
  }
}
