import { Owner, Permission, RateLimit, Resource } from '@gatehouse/access';
import { OrderEntity } from '@gatehouse/features/orders';
import { Id, Refuses } from '@gatehouse/platform/http';
import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { OrderPaymentDto } from './dto/order-payment.dto.js';
import { PaymentsService } from './payments.service.js';

@ApiTags('orders')
@Controller('orders')
export class OrderPaymentsController {
  constructor(private readonly payments: PaymentsService) {}

  /** Pays a pending order, or begins to: asked again, it goes on with the same payment. */
  @Post(':id/pay')
  @HttpCode(200)
  @Owner(OrderEntity)
  @RateLimit(30, '1m')
  @Refuses('ORDER_STATE', 'PAYMENT_PROVIDER_FAILED', 'PAYMENT_PROVIDER_UNAVAILABLE')
  async pay(@Resource() order: OrderEntity): Promise<OrderPaymentDto> {
    return OrderPaymentDto.with(await this.payments.pay(order));
  }

  /** Gives the money of a paid or fulfilled order back, all of it; pieces that weren't shipped go back to the stock. */
  @Post(':id/refund')
  @HttpCode(200)
  @Permission('refund:order')
  @Refuses('ORDER_STATE', 'PAYMENT_PROVIDER_FAILED', 'PAYMENT_PROVIDER_UNAVAILABLE')
  async refund(@Id() id: string): Promise<OrderPaymentDto> {
    return OrderPaymentDto.with(await this.payments.refund(id));
  }
}
