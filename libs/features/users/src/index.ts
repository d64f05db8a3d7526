export { canonicalEmail } from './canonical-email.js';
export type { UserEntity } from './user.entity.js';
export { UserInvited } from './users.events.js';
export { UsersModule } from './users.module.js';
export { UsersService } from './users.service.js';
