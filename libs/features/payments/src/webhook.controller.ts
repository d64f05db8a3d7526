import { Public, RateLimit } from '@gatehouse/access';
import { RawBody, Refuses, rawBodyOf } from '@gatehouse/platform/http';
import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ReceiptDto } from './dto/receipt.dto.js';
import { WebhookService } from './webhook.service.js';

@ApiTags('payments')
@Controller('payments')
export class WebhookController {
  constructor(private readonly webhook: WebhookService) {}

  /** For the payment provider alone, whose signature stands in for a sign-in: tells what became of a payment. */
  @Post('webhook')
  @HttpCode(200)
  @Public()
  @RateLimit(600, '1m', { per: 'address', alone: true })
  @RawBody()
  @Refuses('WEBHOOK_NOT_AUTHENTIC')
  async receive(@Req() request: FastifyRequest): Promise<ReceiptDto> {
    await this.webhook.receive(rawBodyOf(request), request.headers);
    return { received: true };
  }
}
