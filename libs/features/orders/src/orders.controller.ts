import { Auth, CurrentUser, Owner, Permission, Principal, RateLimit, Resource } from '@gatehouse/access';
import { Id, Lists, Page, Refuses } from '@gatehouse/platform/http';
import { Idempotent } from '@gatehouse/platform/idempotency';
import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { OrderDto } from './dto/order.dto.js';
import { ListOrdersQuery, PlaceOrderDto } from './dto/order-requests.dto.js';
import { OrderEntity } from './order.entity.js';
import { OrdersService } from './orders.service.js';

@ApiTags('orders')
@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  /** Places an order at the catalogue's prices and reserves its pieces. */
  @Post()
  @Auth()
  @RateLimit(60, '1m')
  @Idempotent()
  @Refuses('IDEMPOTENCY_KEY_REQUIRED', 'OUT_OF_STOCK', 'REQUEST_IN_PROGRESS', 'IDEMPOTENCY_KEY_REUSED')
  async place(@CurrentUser() { id }: Principal, @Body() dto: PlaceOrderDto): Promise<OrderDto> {
    return OrderDto.of(await this.orders.place(id, dto));
  }

  /** Your orders, newest first; everybody's with `read:order`. */
  @Get()
  @Auth()
  @Lists(() => OrderDto)
  async list(@CurrentUser() principal: Principal, @Query() query: ListOrdersQuery): Promise<Page<OrderDto>> {
    return (await this.orders.list(principal, query)).map(OrderDto.of);
  }

  /** One order. */
  @Get(':id')
  @Owner(OrderEntity, { unless: 'read:order' })
  get(@Resource() order: OrderEntity): OrderDto {
    return OrderDto.of(order);
  }

  /** Cancels a pending order and gives its pieces back. */
  @Post(':id/cancel')
  @HttpCode(200)
  @Owner(OrderEntity)
  @Refuses('ORDER_STATE')
  async cancel(@Resource() order: OrderEntity): Promise<OrderDto> {
    return OrderDto.of(await this.orders.cancel(order));
  }

  /** Says that a paid order's pieces are on their way. */
  @Post(':id/fulfil')
  @HttpCode(200)
  @Permission('update:order')
  @Refuses('ORDER_STATE')
  async fulfil(@Id() id: string): Promise<OrderDto> {
    return OrderDto.of(await this.orders.fulfil(id));
  }
}
