export { AccountSecurity, EmailChanges } from './account-security.js';
export { canonicalEmail } from './canonical-email.js';
export { seededUserId, usersSeed } from './seed/users.seed.js';
export type { UserEntity } from './user.entity.js';
export { UserDeleted, UserInvited } from './users.events.js';
export { UsersModule } from './users.module.js';
export { UsersService } from './users.service.js';
