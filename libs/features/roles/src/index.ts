export { GrantEnds } from './grant-ends.js';
export { GrantsService } from './grants.service.js';
export { HandingOver } from './handing-over.js';
export { RolesModule } from './roles.module.js';
