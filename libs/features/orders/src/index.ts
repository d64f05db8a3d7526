export { OrderDto, OrderMoneyDto } from './dto/order.dto.js';
export { OrderEntity } from './order.entity.js';
export { OrderCancelled, OrderFulfilled, OrderPaid, OrderPlaced, OrderRefunded } from './orders.events.js';
export { OrdersModule } from './orders.module.js';
export { OrdersService } from './orders.service.js';
export { ordersSeed } from './seed/orders.seed.js';
