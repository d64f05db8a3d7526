import { CurrentUser, Owner, Permission, type Principal, RateLimit, Resource } from '@gatehouse/access';
import { Refuses, StreamedBody } from '@gatehouse/platform/http';
import { Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ProductImportDto } from './dto/product-import.dto.js';
import { ImportsService } from './imports.service.js';
import { ProductImportEntity } from './product-import.entity.js';

@ApiTags('products')
@Controller('products/import')
export class ImportsController {
  constructor(private readonly imports: ImportsService) {}

  /**
   * Adds the products of a file to the catalogue: all of them, or none where one isn't right. CSV (RFC 4180) begins with
   * the line `name,description,category,price,currency,stock`; NDJSON holds what POST /products takes, one a line.
   */
  @Post()
  @HttpCode(202)
  @Permission('create:product')
  @RateLimit(20, '1h')
  @StreamedBody()
  @Refuses('BAD_REQUEST', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE')
  receive(@CurrentUser() { id }: Principal, @Req() request: FastifyRequest): Promise<ProductImportDto> {
    return this.imports.receive(id, request);
  }

  /** What became of a file: how far its job is, and what is wrong with which line. */
  @Get(':id')
  @Owner(ProductImportEntity, { unless: 'read:job' })
  get(@Resource() found: ProductImportEntity): Promise<ProductImportDto> {
    return this.imports.tell(found);
  }
}
