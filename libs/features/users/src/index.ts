export { AccountSecurity, EmailChanges } from './account-security.js';
export { canonicalEmail } from './canonical-email.js';
export type { UserEntity } from './user.entity.js';
export { UserDeleted, UserInvited } from './users.events.js';
export { UsersModule } from './users.module.js';
export { UsersService } from './users.service.js';
