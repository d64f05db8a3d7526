import { IsIdentifier, MayBeAbsent, PageQuery } from '@gatehouse/platform/http';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { type OrderStatus, orderStatuses } from '../order-status.js';

export class OrderItemDto {
  @IsIdentifier()
  productId!: string;

  /** @example 1 */
  @IsInt()
  @Min(1)
  @Max(100)
  quantity!: number;
}

export class PlaceOrderDto {
  /** What to buy, each product once, all in one currency; prices are the catalogue's. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @ArrayUnique((item: unknown) => (typeof item === 'object' && item !== null ? Reflect.get(item, 'productId') : item), {
    message: 'items must name each product once',
  })
  @Type(() => OrderItemDto)
  @ValidateNested({ each: true })
  items!: OrderItemDto[];
}

export class ListOrdersQuery extends PageQuery {
  @MayBeAbsent()
  @IsIn(orderStatuses)
  status?: OrderStatus;
}
