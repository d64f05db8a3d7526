import { Permission, Public } from '@gatehouse/access';
import {
  entityTag,
  Id,
  IfMatch,
  Lists,
  Page,
  Refuses,
  Tagged,
  TakesIfMatch,
  tagged,
  type Versions,
} from '@gatehouse/platform/http';
import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
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
  @Tagged()
  async get(
    @Id() id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProductDto | undefined> {
    const product = await this.products.get(id);
    return tagged(request, reply, product.version, () => ProductDto.of(product));
  }

  /** Adds a product to the catalogue. */
  @Post()
  @Permission('create:product')
  async create(@Body() dto: CreateProductDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<ProductDto> {
    const product = await this.products.create(dto);
    reply.header('etag', entityTag(product.version));
    return ProductDto.of(product);
  }

  /** Changes what is given and leaves the rest, in the version that If-Match names. */
  @Patch(':id')
  @Permission('update:product')
  @TakesIfMatch()
  @Refuses('PRECONDITION_FAILED', 'PRECONDITION_REQUIRED')
  async update(
    @Id() id: string,
    @IfMatch() versions: Versions,
    @Body() dto: UpdateProductDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProductDto> {
    const product = await this.products.update(id, dto, versions);
    reply.header('etag', entityTag(product.version));
    return ProductDto.of(product);
  }

  /** Takes a product out of the catalogue; past orders keep their lines. */
  @Delete(':id')
  @HttpCode(204)
  @Permission('delete:product')
  async remove(@Id() id: string): Promise<void> {
    await this.products.remove(id);
  }
}
