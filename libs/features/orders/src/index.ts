export { OrderCancelled, OrderPlaced } from './orders.events.js';
export { OrdersModule } from './orders.module.js';
export { OrdersService } from './orders.service.js';
export { ordersSeed } from './seed/orders.seed.js';
